//! XML paths: `KV_MODE = xml`. Elements without elements in them, and attributes, under the names that `spath` gives them:
//! `a.b`, `a.b{@c}`. Text that is no XML gives nothing.

use std::sync::Arc;

use indexmap::IndexSet;

use crate::commands::xml_text::walk;

/// Reads the wanted fields of one event.
pub(super) fn read(event: &str, wanted: &[Arc<str>], found: &mut [Vec<String>]) {
    each(event, &mut |path, value| {
        if let Some(place) = wanted.iter().position(|name| **name == *path) {
            found[place].push(value);
        }
    });
}

/// The names that one event has.
pub(super) fn names(event: &str, names: &mut IndexSet<String>) {
    each(event, &mut |path, _| {
        if !names.contains(path) {
            names.insert(path.to_owned());
        }
    });
}

fn each(event: &str, give: &mut dyn FnMut(&str, String)) {
    if !event.trim_start().starts_with('<') {
        return;
    }
    walk(event, &mut |found| {
        if found.is_leaf && !found.text.trim().is_empty() {
            give(found.name, found.text.trim().to_owned());
        }
    });
}

//! One command, and pipelines of commands.

use dryfire_spl::signature::{ALL, Shape, Signature};
use proptest::prelude::*;
use proptest::strategy::Union;

use crate::argument::{body, options};
use crate::kept;
use crate::spelling::{GAP, SOFT};
use crate::words::Words;

/// One command: its name or an alias in any letter case, some of its options, its arguments. Spaces are marked (see
/// [`crate::plain`]).
pub fn command(signature: &'static Signature, words: &Words) -> BoxedStrategy<String> {
    let name = name(signature, words);
    if signature.shape == Shape::Raw {
        return (name, kept::arguments(signature, words))
            .prop_map(|(name, text)| {
                if text.is_empty() {
                    name
                } else {
                    format!("{name}{GAP}{text}")
                }
            })
            .boxed();
    }
    // Where options are no part of the grammar, none may come after the arguments.
    let ends = matches!(
        signature.shape,
        Shape::Search
            | Shape::Condition
            | Shape::Assignments
            | Shape::Sort
            | Shape::Stats
            | Shape::Tstats
            | Shape::From
            | Shape::Table
            | Shape::Lookup
            | Shape::Convert
            | Shape::Foreach
    );
    (
        name,
        options(signature, words),
        body(signature, words),
        prop::bool::weighted(0.3),
    )
        .prop_map(move |(name, options, body, behind)| {
            // `dedup a by b x=1` would make `x` a field's option.
            let behind = behind && !ends && !body.contains(" by ") && !body.contains("sortby");
            let mut parts = vec![name];
            parts.extend(if behind {
                [body].into_iter().chain(options).collect::<Vec<_>>()
            } else {
                options.into_iter().chain([body]).collect()
            });
            parts.retain(|part| !part.is_empty());
            parts.join(&GAP.to_string())
        })
        .boxed()
}

/// Whether the generator knows how the arguments look: by the shape, or by a template.
pub fn is_known(signature: &Signature) -> bool {
    signature.shape != Shape::Raw || kept::is_known(signature.name)
}

fn name(signature: &'static Signature, words: &Words) -> BoxedStrategy<String> {
    if !words.odd {
        return Just(signature.name.to_owned()).boxed();
    }
    let names: Vec<String> = std::iter::once(signature.name)
        .chain(signature.aliases.iter().copied())
        .flat_map(|name| [name.to_owned(), name.to_owned(), name.to_uppercase()])
        .collect();
    prop::sample::select(names).boxed()
}

/// A whole search of commands from all of the registry.
pub fn pipeline(words: &Words) -> BoxedStrategy<String> {
    let of = |generating: bool| {
        Union::new(
            ALL.iter()
                .filter(move |signature| signature.generating == generating)
                .map(|signature| command(signature, words)),
        )
    };
    let source = prop_oneof![
        2 => crate::search::search(words),
        1 => crate::search::search(words).prop_map(|search| format!("search{GAP}{search}")),
        2 => of(true).prop_map(|command| format!("|{SOFT}{command}")),
    ];
    (source, prop::collection::vec(of(false), 0..4))
        .prop_map(|(source, commands)| {
            [vec![source], commands]
                .concat()
                .join(&format!("{SOFT}|{SOFT}"))
        })
        .boxed()
}

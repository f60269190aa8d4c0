//! The macros that a detection sees: its own content's, the apps', and the filter macros that contentctl would supply.

use std::collections::BTreeMap;

use dryfire_content::Repository;
use dryfire_knowledge::Knowledge;
use dryfire_spl::{Macro, Macros};

/// Macros by name and number of arguments.
pub(crate) struct Scope(BTreeMap<(String, usize), Macro>);

impl Scope {
    /// The macros of the content below one root, over those of the apps.
    pub(crate) fn new(repository: &Repository, root: usize, knowledge: &Knowledge) -> Self {
        let mut table = BTreeMap::new();
        let mut supplied = Vec::new();
        for own in knowledge.macros().iter() {
            table.insert((own.name.clone(), own.arguments.len()), own.clone());
        }
        for own in repository.macros_of(root) {
            let made = Macro {
                name: own.name.clone(),
                arguments: own.arguments.clone(),
                definition: own.definition,
                is_eval: false,
                validation: None,
                error_message: None,
            };
            let key = (made.name.clone(), made.arguments.len());
            if own.supplied {
                supplied.push((key, made));
            } else {
                table.insert(key, made);
            }
        }
        // A filter that somebody has written is theirs.
        for (key, made) in supplied {
            table.entry(key).or_insert(made);
        }
        Self(table)
    }
}

impl Macros for Scope {
    fn find(&self, name: &str, arguments: usize) -> Option<&Macro> {
        self.0.get(&(name.to_owned(), arguments))
    }

    fn names(&self) -> Vec<(String, usize)> {
        self.0.keys().cloned().collect()
    }
}

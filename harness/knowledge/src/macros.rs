//! `macros.conf`: named pieces of SPL.

use std::collections::BTreeMap;

use dryfire_diagnostic::{Diagnostic, Span, codes};
use dryfire_spl::macros::{Macro, Macros};

use crate::layers::Layered;
use crate::stanza::Reader;
use crate::text;

/// All macros, by name and number of arguments.
#[derive(Debug, Clone, Default)]
pub struct MacroTable {
    all: BTreeMap<(String, usize), Macro>,
}

impl MacroTable {
    /// The macro of that name and number of arguments.
    pub fn get(&self, name: &str, arguments: usize) -> Option<&Macro> {
        self.all.get(&(name.to_owned(), arguments))
    }

    /// Adds or replaces a macro.
    pub fn add(&mut self, new: Macro) {
        self.all
            .insert((new.name.clone(), new.arguments.len()), new);
    }

    /// All macros in ASCII order.
    pub fn iter(&self) -> impl Iterator<Item = &Macro> {
        self.all.values()
    }
}

impl Macros for MacroTable {
    fn find(&self, name: &str, arguments: usize) -> Option<&Macro> {
        self.get(name, arguments)
    }

    fn names(&self) -> Vec<(String, usize)> {
        self.all.keys().cloned().collect()
    }
}

/// Reads all macros of a merged `macros.conf`.
pub(crate) fn read(conf: &Layered, diagnostics: &mut Vec<Diagnostic>) -> MacroTable {
    let mut table = MacroTable::default();
    for (stanza_name, stanza) in &conf.stanzas {
        let mut reader = Reader::new(&stanza.settings, diagnostics);
        let (name, count) = match stanza_name
            .strip_suffix(')')
            .and_then(|head| head.split_once('('))
        {
            Some((name, count)) => (name.trim_end(), count.trim().parse().ok()),
            None => (stanza_name.as_ref(), Some(0)),
        };
        let Some(count) = count else {
            let message = format!("`[{stanza_name}]` is not `[name(number of arguments)]`");
            reader.diagnostics.push(at(stanza.at, message));
            continue;
        };
        let arguments = reader
            .get("args")
            .map(|setting| text::comma_list(&setting.value))
            .unwrap_or_default();
        if arguments.len() != count {
            let message = format!(
                "`[{stanza_name}]` takes {count} arguments, but `args` names {}",
                arguments.len()
            );
            reader.diagnostics.push(at(stanza.at, message));
            continue;
        }
        // An empty definition is an empty text: a filter macro that filters nothing.
        let Some(definition) = stanza
            .settings
            .get("definition")
            .and_then(|setting| setting.source)
        else {
            continue;
        };
        table.add(Macro {
            name: name.to_owned(),
            arguments,
            definition,
            is_eval: reader.flag("iseval", false),
            validation: reader.text("validation"),
            error_message: reader.text("errormsg"),
        });
    }
    table
}

fn at(span: Span, message: String) -> Diagnostic {
    Diagnostic::warning(&codes::dataset::CONF_VALUE, message).at(span, "ignored")
}

#[cfg(test)]
mod tests {
    use dryfire_diagnostic::Span;

    use super::*;
    use crate::knowledge::tests::merge;

    #[test]
    fn arguments_and_places() {
        let (mut knowledge, mut sources, diagnostics) = merge(&[(
            "user",
            "A",
            "default/macros.conf",
            "[m]\ndefinition = a=1\n[m(2)]\nargs = x, y\ndefinition = f($x$, \\\n$y$)\niseval = 0\n[empty]\ndefinition =\n\
             [bad(2)]\nargs = x\ndefinition = 1\n[bad(x)]\ndefinition = 1\n",
        )]);
        assert_eq!(diagnostics.len(), 2, "{diagnostics:?}");
        let found = knowledge.macros().get("m", 2).unwrap();
        assert_eq!(found.arguments, ["x", "y"]);
        let text = sources.get(found.definition).text.clone();
        assert_eq!(text.as_ref(), "f($x$, \n$y$)");
        let at = text.find("$y$").unwrap();
        assert_eq!(
            sources.place(Span::new(found.definition, at, at + 3)).line,
            6
        );
        let empty = knowledge.macros().get("empty", 0).unwrap();
        assert_eq!(sources.get(empty.definition).text.as_ref(), "");
        assert!(knowledge.macros().get("m", 1).is_none());

        let definition = sources.add("m.yml", "b=2");
        knowledge.add_macro(Macro {
            definition,
            ..knowledge.macros().get("m", 0).unwrap().clone()
        });
        assert_eq!(
            knowledge.macros().get("m", 0).unwrap().definition,
            definition
        );
    }
}

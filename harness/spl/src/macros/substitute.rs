//! Arguments put in place of `$name$` in a macro's definition.

use dryfire_diagnostic::{SourceId, Span};

use super::call::{Call, Range, trimmed};
use super::{Expansion, Macro, Output};

impl Expansion<'_> {
    /// The definition with the arguments of the call filled in: in quotes, too, as Splunk does.
    pub(super) fn substitute(
        &mut self,
        definition: &Macro,
        caller: SourceId,
        call: &Call,
    ) -> SourceId {
        let source = definition.definition;
        if definition.arguments.is_empty() {
            return source;
        }
        let text = self.sources.get(source).text.clone();
        let written = self.sources.get(caller).text.clone();
        let values = bind(&definition.arguments, &written, &call.arguments);
        let mut output = Output::default();
        let (mut from, mut at) = (0, 0);
        while let Some(length) = text.get(at..).and_then(|rest| rest.find('$')) {
            at += length;
            let found = values.iter().find(|(name, _)| {
                let rest = text.get(at + 1..).and_then(|rest| rest.strip_prefix(name));
                rest.is_some_and(|rest| rest.starts_with('$'))
            });
            let Some((name, (start, end))) = found else {
                at += 1;
                continue;
            };
            output.copy(
                text.get(from..at).unwrap_or(""),
                Span::new(source, from, at),
            );
            output.copy(
                written.get(*start..*end).unwrap_or(""),
                Span::new(caller, *start, *end),
            );
            at += name.len() + 2;
            from = at;
            if output.text.len() > super::MAX_BYTES {
                break;
            }
        }
        output.copy(
            text.get(from..).unwrap_or(""),
            Span::new(source, from, text.len()),
        );
        let name = self.sources.get(source).name.clone();
        self.sources.derive(name, output.text, output.segments)
    }
}

/// The value of each argument: by place, or by name where every argument of the call says `name=value`.
fn bind<'a>(names: &'a [String], written: &str, arguments: &[Range]) -> Vec<(&'a str, Range)> {
    let named = |(start, end): &Range| {
        let (before, after) = written.get(*start..*end)?.split_once('=')?;
        let name = names.iter().find(|name| name.as_str() == before.trim())?;
        Some((name.as_str(), trimmed(written, end - after.len(), *end)))
    };
    let by_name: Option<Vec<_>> = arguments.iter().map(named).collect();
    let by_name = by_name.filter(|pairs| {
        names
            .iter()
            .all(|name| pairs.iter().any(|(other, _)| other == name))
    });
    by_name.unwrap_or_else(|| {
        names
            .iter()
            .map(String::as_str)
            .zip(arguments.iter().copied())
            .collect()
    })
}

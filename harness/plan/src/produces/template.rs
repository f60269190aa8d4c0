//! Names that stand in text: the groups of a pattern, the targets of a `foreach` template.

use dryfire_spl::ast::Foreach;

use crate::fieldset::FieldSet;

/// The names of a pattern's groups.
pub(super) fn groups(pattern: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = pattern;
    while let Some(at) = rest.find(['\\', '(']) {
        let here = &rest[at..];
        let mut letters = here.chars();
        if letters.next() == Some('\\') {
            rest = letters.next().map_or("", |_| letters.as_str());
            continue;
        }
        rest = letters.as_str();
        let opened = ["?P<", "?<", "?'"]
            .iter()
            .find_map(|mark| rest.strip_prefix(mark));
        let name = opened.and_then(|text| text.find(['>', '\'']).map(|end| &text[..end]));
        names.extend(
            name.filter(|name| {
                !name.is_empty()
                    && name
                        .chars()
                        .all(|letter| letter == '_' || letter.is_alphanumeric())
            })
            .map(str::to_owned),
        );
    }
    names
}

/// A template of `eval`s writes to the fields it is run for or to names made of theirs.
pub(super) fn foreach_after(foreach: &Foreach, mut fields: FieldSet) -> FieldSet {
    for pattern in foreach
        .patterns
        .iter()
        .filter(|pattern| !pattern.text.contains('*'))
    {
        fields.insert(pattern.text.clone());
    }
    for command in foreach
        .template
        .text
        .split('|')
        .map(str::trim)
        .filter(|command| !command.is_empty())
    {
        let Some(assignments) = command.strip_prefix("eval ") else {
            return FieldSet::all();
        };
        // Each `=` that is no comparison ends a target; a name too many does no harm.
        let mut words = assignments.split('=').peekable();
        while let Some(before) = words.next().filter(|_| words.peek().is_some()) {
            let target = before
                .trim_end()
                .rsplit([',', '(', ' ', '\n'])
                .next()
                .unwrap_or_default()
                .trim_matches(['"', '\'']);
            if target == "<<FIELD>>" || target.is_empty() {
                continue;
            }
            let mut name = target.to_owned();
            while let (Some(start), Some(end)) = (name.find("<<"), name.find(">>")) {
                if end < start {
                    return FieldSet::all();
                }
                name.replace_range(start..end + 2, "*");
            }
            fields.insert(name.replace(['{', '}'], "*"));
        }
    }
    fields
}

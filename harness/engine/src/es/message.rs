//! Messages and titles: `$field$` tokens filled with the values of a result.

use crate::table::Table;

/// A message with its tokens filled.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Filled {
    /// The text. A token whose field the results don't have stays as it is.
    pub(super) text: String,
    /// Whether a token stood for several values.
    pub(super) several: bool,
    /// Whether a token stood for nothing.
    pub(super) nothing: bool,
}

/// Fills the tokens of a template with the values of a row.
pub(super) fn fill(template: &str, results: &Table, row: usize) -> Filled {
    let mut filled = Filled::default();
    let mut rest = template;
    while let Some(start) = rest.find('$') {
        let (before, after) = (&rest[..start], &rest[start + 1..]);
        filled.text.push_str(before);
        let end = after.find(|character: char| character == '$' || character.is_whitespace());
        let token = end
            .filter(|end| *end > 0 && after[*end..].starts_with('$'))
            .map(|end| &after[..end]);
        let Some((token, column)) = token.and_then(|token| Some((token, results.column(token)?)))
        else {
            filled.text.push('$');
            rest = after;
            continue;
        };
        let value = column.get(row);
        filled.several |= value.each().len() > 1;
        filled.nothing |= value.is_null();
        value.write_to(&mut filled.text);
        rest = &after[token.len() + 1..];
    }
    filled.text.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn tokens_of_known_fields_are_filled_and_others_stay() {
        let list = Value::multi(["a", "b"].map(Value::from));
        let rows = vec![vec![
            ("dest", Value::from("h1")),
            ("user", list),
            ("x.y", Value::from(7.0)),
            ("gone", Value::Null),
        ]];
        let results = Table::from_rows(rows);
        for (template, text) in [
            ("$dest$: $x.y$!", "h1: 7!"),
            ("$user$ on $dest$", "a\nb on h1"),
            ("costs 5$ on $dest$", "costs 5$ on h1"),
            ("$process$/$dest$", "$process$/h1"),
            ("$$dest$$ $", "$h1$ $"),
            ("$gone$.", "."),
            ("", ""),
        ] {
            assert_eq!(fill(template, &results, 0).text, text, "{template}");
        }
        assert!(fill("$user$", &results, 0).several && fill("$gone$", &results, 0).nothing);
    }
}

//! Names of things on a server in the text of a search, subsearches too.

/// What a search names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) lookups: Vec<String>,
    /// `Endpoint` of `datamodel=Endpoint.Processes`.
    pub(super) models: Vec<String>,
    /// Indexes that stand there without a wildcard.
    pub(super) indexes: Vec<String>,
    /// Whether only summaries are searched, so that the model must be accelerated.
    pub(super) summaries_only: bool,
}

/// Reads the names in a text whose macros are expanded.
pub(super) fn names(text: &str) -> Names {
    let mut found = Names::default();
    let mut words = text
        .split(|c: char| c.is_whitespace() || matches!(c, '|' | '(' | ')' | '[' | ']' | ','))
        .filter(|word| !word.is_empty())
        .peekable();
    let add = |list: &mut Vec<String>, name: &str| {
        let name = name.trim_matches(['"', '\'']);
        if !name.is_empty() && !name.contains(['*', '$']) && !list.iter().any(|one| one == name) {
            list.push(name.to_owned());
        }
    };
    while let Some(word) = words.next() {
        let lower = word.to_ascii_lowercase();
        match lower.as_str() {
            "lookup" | "inputlookup" => {
                while words.next_if(|word| word.contains('=')).is_some() {}
                if let Some(name) = words.next() {
                    add(&mut found.lookups, name);
                }
            }
            "datamodel" => {
                if let Some(name) = words.next() {
                    add(&mut found.models, name.trim_start_matches(['=', ':']));
                }
            }
            _ => {
                let value = |key: &str| lower.starts_with(key).then(|| &word[key.len()..]);
                if let Some(name) = value("datamodel=").or_else(|| value("datamodel:")) {
                    let model = name.trim_matches(['"', '\'']).split('.').next();
                    add(&mut found.models, model.unwrap_or_default());
                } else if let Some(name) = value("index=") {
                    add(&mut found.indexes, name);
                }
                found.summaries_only |=
                    ["summariesonly=t", "summariesonly=true", "summariesonly=1"]
                        .contains(&lower.as_str());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_all_parts_of_a_search() {
        let found = names(
            "| tstats summariesonly=true count from datamodel=Endpoint.Processes where index=win | lookup update=true hosts dest OUTPUT owner | join [| inputlookup append=t \"seen.csv\"] | append [search index=\"wineventlog\" OR index=a*] | from datamodel:\"Risk.All_Risk\"",
        );
        assert_eq!(
            found,
            Names {
                lookups: vec!["hosts".into(), "seen.csv".into()],
                models: vec!["Endpoint".into(), "Risk".into()],
                indexes: vec!["win".into(), "wineventlog".into()],
                summaries_only: true,
            }
        );
    }
}

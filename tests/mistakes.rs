//! What a stranger reads after a common mistake: the whole text, for each search of `mistakes.txt`.

use crate::project::dryfire;

const SNAPSHOT: &str = include_str!("mistakes.txt");

/// The searches of the snapshot, each with what is said of it. A search stands behind `$ `.
fn snapshot() -> Vec<(&'static str, String)> {
    let mut cases: Vec<(&str, String)> = Vec::new();
    for line in SNAPSHOT.lines() {
        match (line.strip_prefix("$ "), cases.last_mut()) {
            (Some(spl), _) => cases.push((spl, String::new())),
            (None, Some((_, said))) => {
                said.push_str(line);
                said.push('\n');
            }
            (None, None) => {}
        }
    }
    cases
}

#[test]
fn mistakes_are_explained() {
    let cases = snapshot();
    assert!(cases.len() >= 30, "only {} mistakes", cases.len());
    let mut failures = String::new();
    for (spl, expected) in cases {
        let output = dryfire().args(["search", spl]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        if said.trim_end() != expected.trim_end() {
            failures += &format!("$ {spl}\nexpected\n{expected}\nsaid\n{said}\n");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

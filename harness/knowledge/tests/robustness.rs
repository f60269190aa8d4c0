//! Broken, huge and hostile apps: what is wrong is named with its place, the rest is loaded, and all of it ends.

use std::fs;
use std::path::Path;

use dryfire_diagnostic::{Diagnostic, SourceMap};
use dryfire_knowledge::{Knowledge, Meta, open};

fn load(folder: &Path) -> (Knowledge, SourceMap, Vec<Diagnostic>) {
    let mut sources = SourceMap::new();
    let app = open(folder, &mut sources).expect("an app");
    let (knowledge, found) = Knowledge::merge(&[app], &mut sources);
    (knowledge, sources, found)
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a file");
}

/// Twenty slips; each line of the second kind is one, and what it is worth.
const PROPS: &[&str] = &[
    "[one]",
    "this is no setting",
    "= value without a key",
    "FIELDALIAS-a = target{}",
    "FIELDALIAS-b = x AS",
    "FIELDALIAS_dvc = a AS b",
    "EVAL-c = eval c=if(a=1,2,3)",
    "LOOKUP-d = table",
    "LOOKUP-e = table a OUTPUT b OUTPUTNEW c",
    "KV_MODE = perhaps",
    "REPORT-f = no_such_transform",
    "TRANSFORMS-g = no_such_transform_either",
    "SEDCMD-h = q/a/b/",
    "SHOULD_LINEMERGE = sometimes",
    "TRUNCATE = many",
    "INDEXED_EXTRACTIONS = pdf",
    "[two",
    "MAX_EVENTS = -3",
    "[source::(]",
    "EVAL-good = 1",
];

#[test]
fn twenty_slips_are_named_and_the_rest_loads() {
    let temp = tempfile::tempdir().expect("a folder");
    let app = temp.path().join("TA_broken");
    write(
        &app,
        "default/props.conf",
        &format!("{}\n[fine]\nEVAL-x = 1\n", PROPS.join("\n")),
    );
    let transforms =
        "[module]\nREGEX = a[[module]]\n[number]\nREGEX = x\nLOOKAHEAD = far\nMV_ADD = oui\n";
    write(&app, "default/transforms.conf", transforms);
    write(
        &app,
        "default/tags.conf",
        "[no pair]\nt = enabled\n[a=b]\nt = perhaps\nu = enabled\n",
    );
    let (knowledge, sources, found) = load(&app);
    let mut places: Vec<(String, usize)> = found
        .iter()
        .filter_map(|found| found.primary.as_ref())
        .map(|label| {
            let place = sources.place(label.span);
            let file = place.name.rsplit('/').next().unwrap_or_default().to_owned();
            (file, place.line as usize)
        })
        .collect();
    assert_eq!(places.len(), found.len(), "each has a place");
    places.sort();
    places.dedup();
    let of = |file: &str| -> Vec<usize> {
        let lines = places.iter().filter(|(name, _)| name == file);
        lines.map(|(_, line)| *line).collect()
    };
    let mut wrong: Vec<usize> = (2..=19).collect();
    // A file's lines count from 1; all but the first and the last say something wrong.
    wrong.retain(|line| PROPS.get(line - 1).is_some());
    assert_eq!(of("props.conf"), wrong);
    assert_eq!(of("transforms.conf"), [2, 5, 6]);
    assert_eq!(of("tags.conf"), [2, 4]);
    let fine = Meta {
        source: "s",
        host: "h",
        sourcetype: "fine",
    };
    assert_eq!(knowledge.resolve(&fine).search_time.evals.len(), 1);
    assert_eq!(knowledge.tagged("u").count(), 1);
}

#[test]
fn ten_megabytes_of_configuration_load() {
    let temp = tempfile::tempdir().expect("a folder");
    let app = temp.path().join("TA_large");
    let mut text = String::new();
    let mut stanzas = 0;
    while text.len() < 10 << 20 {
        text += &format!(
            "[st:{stanzas}]\nEXTRACT-a = (?<x{stanzas}>\\d+) and more of the same text\nEVAL-y = x{stanzas}\n"
        );
        stanzas += 1;
    }
    write(&app, "default/props.conf", &text);
    // As many lines that mean nothing.
    write(&app, "default/macros.conf", &"nonsense\n".repeat(1 << 20));
    let (knowledge, _, found) = load(&app);
    assert!(found.len() < 1_000, "{}", found.len());
    let last = format!("st:{}", stanzas - 1);
    let meta = Meta {
        source: "s",
        host: "h",
        sourcetype: &last,
    };
    assert_eq!(knowledge.resolve(&meta).search_time.extracts.len(), 1);
}

#[test]
fn modules_that_multiply_end() {
    let temp = tempfile::tempdir().expect("a folder");
    let app = temp.path().join("TA_modules");
    let mut text = String::from("[m0]\nREGEX = lol\n");
    for level in 1..18 {
        text += &format!(
            "[m{level}]\nREGEX = {}\n",
            format!("[[m{}]]", level - 1).repeat(10)
        );
    }
    write(&app, "default/transforms.conf", &text);
    write(&app, "default/props.conf", "[st]\nREPORT-a = m17\n");
    let (_, _, found) = load(&app);
    assert!(!found.is_empty());
}

//! Reads a manifest's tree. References are only noted here; the repository looks them up when everything is loaded.

use std::path::Path;

use dryfire_diagnostic::{Diagnostic, Severity, codes::content, nearest};
use indexmap::IndexMap;

use super::{
    DatasetDefinition, DatasetPlace, DetectionRef, DetectionTarget, MANIFEST_VERSION, Manifest,
    ManifestStep, ManifestTest, StepRef, shapes,
};
use crate::case::CaseKind;
use crate::dataset_description::Location;
use crate::expectation::{Count, Expectation, TableExpectation};
use crate::given_lookup;
use crate::paths::join;
use crate::pattern::RowPattern;
use crate::reader::{Cx, Fields, Shape, Spanned, list};
use crate::yaml::{Node, Value};

/// Reads a manifest; nothing when it is of another version or lacks what it can't do without.
pub(crate) fn read(node: &Node, path: &Path, cx: &mut Cx<'_>) -> Option<Manifest> {
    if let Some(version) = node
        .get("manifest")
        .filter(|version| version.text() != Some("1"))
    {
        // Of a format that is not known, a list of unknown keys would only mislead.
        cx.invalid(
            version,
            &format!("version {MANIFEST_VERSION}, the only one that this program reads"),
        );
        return None;
    }
    cx.unknown_keys = Some(Severity::Error);
    let fields = Fields::new(node, &shapes::MANIFEST, cx)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let name = fields.text("name", cx);
    let detections = fields
        .items("detections", cx)
        .iter()
        .filter_map(|node| detection(node, folder, cx))
        .collect();
    let mut datasets = IndexMap::new();
    if let Some(node) = fields.get("datasets") {
        if !matches!(node.value, Value::Mapping(_)) {
            cx.invalid(node, "a mapping of keys to data sets");
        }
        for entry in node.entries() {
            if let Some(place) = dataset(&entry.value, path, cx) {
                datasets.insert(
                    entry.key.clone(),
                    DatasetDefinition {
                        span: cx.span(&entry.key_range),
                        ..place
                    },
                );
            }
        }
    }
    let before = cx.out.len();
    let lookups = fields
        .get("lookups")
        .map_or_else(Vec::new, |node| given_lookup::read(node, folder, cx));
    // With half of what its lookups hold, a test might pass.
    let broken = cx.out.len() > before;
    let tests: Vec<_> = fields
        .items("tests", cx)
        .iter()
        .filter_map(|node| test(node, folder, cx))
        .map(|test| ManifestTest {
            broken: test.broken || broken,
            ..test
        })
        .collect();
    let mut names: Vec<&Spanned<String>> = Vec::new();
    for test in &tests {
        match names.iter().find(|name| name.value == test.name.value) {
            Some(first) => cx.out.push(
                Diagnostic::error(
                    &content::DUPLICATE,
                    format!("two tests are named `{}`", test.name.value),
                )
                .at(test.name.span, "the same name again")
                .also_at(first.span, "first used here"),
            ),
            None => names.push(&test.name),
        }
    }
    let description = fields.text("description", cx).map(|text| text.value);
    Some(Manifest {
        path: path.to_path_buf(),
        file: cx.file,
        name: name?,
        description,
        detections,
        datasets,
        lookups,
        tests,
    })
}

fn detection(node: &Node, folder: &Path, cx: &mut Cx<'_>) -> Option<DetectionRef> {
    let span = cx.span(&node.range);
    let target = if let Some(text) = node.text() {
        DetectionTarget::Path(join(folder, text))
    } else {
        let fields = Fields::new(node, &shapes::DETECTION, cx)?;
        match (
            fields.text("path", cx),
            fields.text("name", cx),
            fields.text("id", cx),
        ) {
            (Some(path), None, None) => DetectionTarget::Path(join(folder, &path)),
            (None, Some(name), None) => DetectionTarget::Name(name.value),
            (None, None, Some(id)) => DetectionTarget::Id(id.value),
            _ => {
                cx.invalid(node, "a path, or one of `path`, `name` and `id`");
                return None;
            }
        }
    };
    Some(DetectionRef {
        target,
        span,
        found: Vec::new(),
    })
}

fn dataset(node: &Node, path: &Path, cx: &mut Cx<'_>) -> Option<DatasetDefinition> {
    let fields = Fields::new(node, &shapes::DATASET, cx)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let name = fields.text("name", cx);
    let place = match (fields.text("description", cx), fields.text("path", cx)) {
        (Some(file), None) => DatasetPlace::Described {
            path: file.map(|file| join(folder, &file)),
            name,
        },
        (None, Some(file)) if name.is_none() => {
            DatasetPlace::Direct(file.map(|file| Location::resolve(&file, path)))
        }
        _ => {
            cx.invalid(
                node,
                "either `path`, or `description` with the `name` of a data set in it",
            );
            return None;
        }
    };
    Some(DatasetDefinition {
        span: cx.span(&node.range),
        place,
        source: fields.text("source", cx).map(|text| text.value),
        sourcetype: fields.text("sourcetype", cx).map(|text| text.value),
        host: fields.text("host", cx).map(|text| text.value),
        index: fields.text("index", cx).map(|text| text.value),
        synthetic: fields.truth("synthetic", cx),
        resolved: None,
    })
}

fn test(node: &Node, folder: &Path, cx: &mut Cx<'_>) -> Option<ManifestTest> {
    let before = cx.out.len();
    let fields = Fields::new(node, &shapes::TEST, cx)?;
    let kind = fields
        .get("type")
        .map_or(Some(CaseKind::Unit), |node| kind(node, cx));
    let expect = fields
        .get("expect")
        .and_then(|node| Some((expectation(node, kind, cx)?, node)));
    let (datasets, silent_on) = (fields.texts("datasets", cx), fields.texts("silent_on", cx));
    let lookups = fields
        .get("lookups")
        .map_or_else(Vec::new, |node| given_lookup::read(node, folder, cx));
    let before_it: Vec<ManifestStep> = fields
        .items("before", cx)
        .iter()
        .filter_map(|node| step(node, folder, cx))
        .collect();
    let name = fields.text("name", cx)?;
    let kind = kind.unwrap_or(CaseKind::Unit);
    if kind == CaseKind::Validation {
        for key in ["datasets", "silent_on", "lookups", "expect", "before"] {
            if let Some(entry) = fields.entry(key) {
                let message = format!(
                    "a validation test has no `{key}`: it reads the detection and runs nothing"
                );
                cx.out.push(
                    Diagnostic::error(&content::INVALID_VALUE, message)
                        .at(cx.span(&entry.key_range), "not used"),
                );
            }
        }
    } else if datasets.is_empty() && silent_on.is_empty() && before_it.is_empty() {
        let message = format!("the test `{}` names no data", name.value);
        let help = "name keys of `datasets:` in `datasets: […]`, or in `silent_on: […]` where no result may come";
        cx.out.push(
            Diagnostic::error(&content::MISSING_KEY, message)
                .at(name.span, "runs on nothing")
                .help(help),
        );
    } else if let (true, Some((_, node))) = (datasets.is_empty() && !silent_on.is_empty(), &expect)
    {
        cx.invalid(
            node,
            "no `expect` beside `silent_on` alone, or `datasets` to expect it on",
        );
    }
    let default = || Expectation {
        results: TableExpectation {
            count: Some(Count::Any),
            ..TableExpectation::default()
        },
        ..Expectation::default()
    };
    Some(ManifestTest {
        name,
        detection: fields.text("detection", cx),
        found: None,
        datasets,
        silent_on,
        kind,
        expect: expect.map_or_else(default, |(expect, _)| expect),
        lookups,
        targets: fields.texts("targets", cx),
        skip: fields.text("skip", cx).map(|text| text.value),
        before: before_it,
        broken: cx.out.len() > before,
    })
}

fn step(node: &Node, folder: &Path, cx: &mut Cx<'_>) -> Option<ManifestStep> {
    let fields = Fields::new(node, &shapes::STEP, cx)?;
    let search = match (fields.text("baseline", cx), fields.text("detection", cx)) {
        (Some(baseline), None) => {
            let path = join(folder, &baseline);
            StepRef::Baseline(baseline, path)
        }
        (None, Some(detection)) => StepRef::Detection(detection),
        _ => {
            cx.invalid(node, "one of `baseline` and `detection`");
            return None;
        }
    };
    Some(ManifestStep {
        search,
        datasets: fields.texts("datasets", cx),
    })
}

fn kind(node: &Node, cx: &mut Cx<'_>) -> Option<CaseKind> {
    let text = cx.text(node)?;
    let found = CaseKind::ALL
        .iter()
        .copied()
        .find(|kind| kind.as_str() == text.value);
    if found.is_none() {
        let words: Vec<_> = CaseKind::ALL.iter().map(|kind| kind.as_str()).collect();
        let help =
            nearest(&text, words.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let message = format!("expected one of {}, found `{}`", list(&words), text.value);
        cx.out.push(
            Diagnostic::error(&content::INVALID_VALUE, message)
                .at(text.span, "not one of them")
                .opt_help(help),
        );
    }
    found
}

fn expectation(node: &Node, kind: Option<CaseKind>, cx: &mut Cx<'_>) -> Option<Expectation> {
    let fields = Fields::new(node, &shapes::EXPECT, cx)?;
    for key in ["risk", "findings"] {
        if let (Some(entry), Some(CaseKind::Unit)) = (fields.entry(key), kind) {
            let message = format!("`{key}` is judged in integration tests");
            let found = Diagnostic::error(&content::INVALID_VALUE, message)
                .at(cx.span(&entry.key_range), "in a unit test");
            cx.out
                .push(found.help("add `type: integration` to the test"));
        }
    }
    let of_events = |key: &str, cx: &mut Cx<'_>| {
        let fields = fields
            .get(key)
            .and_then(|node| Fields::new(node, &shapes::TABLE, cx))?;
        Some(table(fields, &shapes::TABLE, cx))
    };
    Some(Expectation {
        risk: of_events("risk", cx),
        findings: of_events("findings", cx),
        results: table(fields, &shapes::EXPECT, cx),
        fires_on: fields
            .items("fires_on", cx)
            .iter()
            .filter_map(|node| cx.number(node))
            .collect(),
        fields: None,
    })
}

/// `results`, `rows` and `no_rows`. Without a count some row is expected: a test that only forbids rows would pass on none.
fn table(fields: Fields<'_>, shape: &Shape, cx: &mut Cx<'_>) -> TableExpectation {
    let node = fields.get("results");
    let count = node.map_or(Some(Count::Any), |node| count(node, cx));
    let mut rows = |key: &str| -> Vec<RowPattern> {
        fields
            .items(key, cx)
            .iter()
            .filter_map(|node| RowPattern::read(node, cx))
            .collect()
    };
    let (wanted, unwanted) = (rows("rows"), rows("no_rows"));
    if let (Some(Count::None | Count::Exactly(0) | Count::AtMost(0)), Some(node), false) =
        (count, node, wanted.is_empty())
    {
        let message = format!(
            "{} can't have rows that must appear and no results",
            shape.what
        );
        cx.out.push(
            Diagnostic::error(&content::INVALID_VALUE, message)
                .at(cx.span(&node.range), "no results, but `rows`"),
        );
    }
    TableExpectation {
        count,
        count_span: node.map(|node| cx.span(&node.range)),
        rows: wanted,
        no_rows: unwanted,
    }
}

fn count(node: &Node, cx: &mut Cx<'_>) -> Option<Count> {
    const EXPECTED: &str = "`none`, `any` (one or more), {exactly: n}, {at_least: n}, {at_most: n} or {between: [a, b]}";
    match node.text() {
        Some("none") => return Some(Count::None),
        Some("any") => return Some(Count::Any),
        Some(_) => {
            cx.invalid(node, EXPECTED);
            return None;
        }
        None => {}
    }
    let before = cx.out.len();
    let fields = Fields::new(node, &shapes::COUNT, cx)?;
    let mut found = Vec::new();
    found.extend(
        fields
            .number("exactly", cx)
            .map(|number| Count::Exactly(number.value)),
    );
    found.extend(
        fields
            .number("at_least", cx)
            .map(|number| Count::AtLeast(number.value)),
    );
    found.extend(
        fields
            .number("at_most", cx)
            .map(|number| Count::AtMost(number.value)),
    );
    if let Some(range) = fields.get("between") {
        match cx.items(range) {
            [least, most] => {
                let (least, most) = (cx.number(least)?.value, cx.number(most)?.value);
                if least > most {
                    cx.invalid(range, "the smaller number first");
                    return None;
                }
                found.push(Count::Between(least, most));
            }
            _ => {
                cx.invalid(range, "two numbers: [a, b]");
                return None;
            }
        }
    }
    match found.as_slice() {
        [one] => Some(*one),
        _ => {
            if cx.out.len() == before {
                cx.invalid(node, EXPECTED);
            }
            None
        }
    }
}

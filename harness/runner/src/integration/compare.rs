//! What risk events and findings must be, worked out from the detection and its results alone, and where they differ.
//!
//! The comparisons are contentctl's (and contentctl-ng's on findings), made on the events as the searches read them back.
//! None of this is shared with the code that makes the events: each is the other's check.

mod message;

use dryfire_content::{
    Detection, Difference, Generation, Mismatch, Nearest, RiskObject, Row, Spanned, Triggers,
};
use dryfire_diagnostic::{SourceMap, Span, nearest};
use indexmap::IndexMap;

use crate::target::Produced;
use message::Template;

/// What the comparisons look at.
pub(crate) struct Compared<'a> {
    /// The detection.
    pub(crate) detection: &'a Detection,
    /// What comes of its results.
    pub(crate) triggers: Triggers,
    /// Whether each result must give each risk object. contentctl does not ask that.
    pub(crate) every_result: bool,
    /// The results.
    pub(crate) results: &'a [Row],
    /// The events.
    pub(crate) produced: &'a Produced,
    /// The texts that spans lead to.
    pub(crate) sources: &'a SourceMap,
}

/// Differences; one that many events share comes once.
#[derive(Default)]
struct Found(IndexMap<(String, String), (Mismatch, u64)>);

impl Found {
    fn add(&mut self, mismatch: Mismatch) {
        let key = (mismatch.expected.clone(), mismatch.actual.clone());
        self.0.entry(key).or_insert((mismatch, 0)).1 += 1;
    }

    fn finish(self) -> Vec<Mismatch> {
        let many = |(mut mismatch, times): (Mismatch, u64)| {
            if times > 1 {
                mismatch.notes.push(format!("in {times} events"));
            }
            mismatch
        };
        self.0.into_values().map(many).collect()
    }
}

/// All comparisons.
pub(crate) fn mismatches(compared: &Compared<'_>) -> Vec<Mismatch> {
    let mut found = Found::default();
    if compared.triggers.risk {
        risk(compared, &mut found);
    }
    if compared.triggers.notable {
        notables(compared, &mut found);
    }
    model(compared, &mut found);
    found.finish()
}

fn risk(compared: &Compared<'_>, found: &mut Found) {
    let objects: Vec<&RiskObject> = compared
        .detection
        .risk
        .objects
        .iter()
        .filter(|object| !object.finding)
        .collect();
    let events = &compared.produced.risk;
    for (at, event) in events.iter().enumerate() {
        let of = Event {
            compared,
            rows: events,
            at,
            noun: "risk event",
        };
        of.common(event, found);
        let Some(object) = of.object(&objects, event, found) else {
            continue;
        };
        of.field("risk_object_type", &object.kind, object.field.span, found);
        of.field(
            "risk_score",
            &object.score.to_string(),
            object.field.span,
            found,
        );
        if let Some(message) = object
            .message
            .as_ref()
            .or(compared.detection.risk.message.as_ref())
        {
            of.text("risk_message", message, found);
        }
    }
    for object in objects {
        let matched = events
            .iter()
            .any(|event| source_field(event) == Some(&object.field.value));
        let lacking = lacking(&object.field, compared.results);
        let Some(first) = lacking
            .first()
            .filter(|_| compared.every_result || !matched)
        else {
            if !matched && !compared.results.is_empty() {
                let expected = format!("a risk event for the risk object `{}`", object.field.value);
                found.add(Mismatch::new(expected, "none", Some(object.field.span)));
            }
            continue;
        };
        found.add(without_object(
            object,
            *first,
            lacking.len(),
            compared.results,
        ));
    }
}

/// Results, by index, that have no value in a field.
fn lacking(field: &str, results: &[Row]) -> Vec<usize> {
    let empty = |row: &Row| {
        row.values(field)
            .iter()
            .all(|value| value.trim().is_empty())
    };
    (0..results.len())
        .filter(|at| results.get(*at).is_some_and(empty))
        .collect()
}

fn without_object(object: &RiskObject, first: usize, number: usize, results: &[Row]) -> Mismatch {
    let field = &object.field.value;
    let expected = format!("every result to have a value in the risk object `{field}`");
    let actual = match number {
        all if all == results.len() => format!("no result with a value in `{field}`"),
        1 => format!("no value in result {} of {}", first + 1, results.len()),
        some => format!("no value in {some} of {} results", results.len()),
    };
    let mut mismatch = Mismatch::new(expected, actual, Some(object.field.span));
    let Some(row) = results.get(first) else {
        return mismatch;
    };
    if number == results.len() {
        mismatch.notes.extend(like(row, field));
    }
    let differences = vec![Difference {
        field: field.clone(),
        expected: "a value".to_owned(),
        actual: Vec::new(),
    }];
    mismatch.nearest = Some(Nearest {
        number: first as u64 + 1,
        total: results.len() as u64,
        row: row.clone(),
        differences,
    });
    mismatch
}

/// The name that may have been meant.
fn like(row: &Row, name: &str) -> Option<String> {
    let near = nearest(name, row.fields.keys().map(String::as_str))?;
    Some(format!("there is a field `{near}`"))
}

fn notables(compared: &Compared<'_>, found: &mut Found) {
    let detection = compared.detection;
    let events = &compared.produced.notables;
    let entity = detection.risk.objects.iter().find(|object| object.finding);
    let noun = if entity.is_some() {
        "finding"
    } else {
        "notable"
    };
    for (at, event) in events.iter().enumerate() {
        let of = Event {
            compared,
            rows: events,
            at,
            noun,
        };
        of.common(event, found);
        let Some(entity) = entity else { continue };
        if of.object(&[entity], event, found).is_some() {
            of.field("entity_type", &entity.kind, entity.field.span, found);
            of.field(
                "risk_score",
                &entity.score.to_string(),
                entity.field.span,
                found,
            );
        }
        if let Some(title) = &detection.risk.finding_title {
            of.text("orig_rule_title", title, found);
        }
        let scored = |risk: &&Row| {
            risk.values("risk_object") == event.values("entity")
                && source_field(risk) == source_field(event)
        };
        if compared.produced.risk.iter().any(|risk| scored(&risk)) {
            let expected = format!("the entity `{}` to be scored once", entity.field.value);
            found.add(Mismatch::new(
                expected,
                "a finding and a risk event that both score it",
                Some(entity.field.span),
            ));
        }
    }
    if compared.results.is_empty() {
        return;
    }
    match entity {
        Some(entity) => {
            let lacking = lacking(&entity.field, compared.results);
            if let Some(first) = lacking
                .first()
                .filter(|_| compared.every_result || events.is_empty())
            {
                found.add(without_object(
                    entity,
                    *first,
                    lacking.len(),
                    compared.results,
                ));
            } else if events.is_empty() {
                found.add(Mismatch::new(
                    "at least 1 finding",
                    "none",
                    Some(entity.field.span),
                ));
            }
        }
        None if events.is_empty() => found.add(Mismatch::new(
            "at least 1 notable",
            "none",
            Some(detection.name.span),
        )),
        None => {}
    }
}

/// Up to v5 no notable may count as risk; a finding of v6 must.
fn model(compared: &Compared<'_>, found: &mut Found) {
    let produced = compared.produced;
    let of = |index: &str| {
        produced
            .in_model
            .iter()
            .filter(|row| row.values("index") == [index])
            .count()
    };
    let span = Some(compared.detection.name.span);
    let findings = if compared.detection.generation == Generation::V6 {
        produced.notables.len()
    } else {
        0
    };
    for (index, noun, expected) in [
        ("risk", "risk events", produced.risk.len()),
        ("notable", "findings", findings),
    ] {
        let actual = of(index);
        if actual != expected {
            let expected = format!("{expected} {noun} in the Risk data model");
            found.add(Mismatch::new(
                expected,
                format!("{actual} from the index `{index}`"),
                span,
            ));
        }
    }
}

/// The field of the results that an event is about, out of the search for what contributed to it.
fn source_field(event: &Row) -> Option<&str> {
    let [name, search] =
        ["search_name", "contributing_events_search"].map(|field| event.values(field).first());
    let rest = search?
        .strip_prefix("| savedsearch \"")?
        .strip_prefix(name?.as_str())?;
    let (field, value) = rest.strip_prefix("\" | search ")?.split_once('=')?;
    (!field.is_empty() && !value.is_empty()).then_some(field)
}

/// One event under comparison.
struct Event<'a> {
    compared: &'a Compared<'a>,
    rows: &'a [Row],
    at: usize,
    noun: &'static str,
}

impl Event<'_> {
    /// The saved search, whatever its app is called; stories and techniques, in any order.
    fn common(&self, event: &Row, found: &mut Found) {
        let detection = self.compared.detection;
        let suffix = format!(" - {} - Rule", detection.name.value);
        let name = event.values("search_name");
        if !matches!(name, [one] if one.strip_suffix(&suffix).is_some_and(|label| !label.is_empty()))
        {
            self.differs(
                "search_name",
                &format!("… - {} - Rule", detection.name.value),
                detection.name.span,
                found,
            );
        }
        for (field, wanted) in [
            ("analyticstories", &detection.stories),
            ("annotations.mitre_attack", &detection.mitre),
        ] {
            let mut actual = event.values(field).to_vec();
            let mut expected: Vec<String> = wanted.iter().map(|one| one.value.clone()).collect();
            actual.sort();
            expected.sort();
            if actual != expected {
                let span = wanted
                    .first()
                    .map_or(detection.name.span, |first| first.span);
                self.differs(field, &expected.join(", "), span, found);
            }
        }
    }

    /// The only object whose field the event is about.
    fn object<'o>(
        &self,
        objects: &[&'o RiskObject],
        event: &Row,
        found: &mut Found,
    ) -> Option<&'o RiskObject> {
        let field = source_field(event);
        let mut fitting = objects
            .iter()
            .filter(|object| Some(object.field.value.as_str()) == field);
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Some(only),
            (Some(first), Some(second)) => {
                let expected = format!("the field `{}` in one object only", first.field.value);
                found.add(Mismatch::new(
                    expected,
                    "several objects with this field",
                    Some(second.field.span),
                ));
                None
            }
            (None, _) => {
                let names: Vec<String> = objects
                    .iter()
                    .map(|object| format!("`{}`", object.field.value))
                    .collect();
                self.differs(
                    "contributing_events_search",
                    &names.join(" or "),
                    self.compared.detection.name.span,
                    found,
                );
                None
            }
        }
    }

    fn field(&self, field: &str, expected: &str, span: Span, found: &mut Found) {
        let actual = self
            .rows
            .get(self.at)
            .map_or(&[][..], |event| event.values(field));
        if !matches!(actual, [only] if only == expected) {
            self.differs(field, expected, span, found);
        }
    }

    /// A text with tokens: filled with what the event's own result has.
    fn text(&self, field: &str, written: &Spanned<String>, found: &mut Found) {
        let results = self.compared.results;
        let template = Template::new(written, self.compared.sources);
        let Some(event) = self.rows.get(self.at) else {
            return;
        };
        let rid = event
            .values("orig_rid")
            .first()
            .and_then(|rid| rid.parse::<usize>().ok());
        let Some((rid, result)) = rid.and_then(|rid| Some((rid, results.get(rid)?))) else {
            return self.differs("orig_rid", "the number of a result", written.span, found);
        };
        let mut filled = true;
        for token in template.unfilled(result) {
            filled = false;
            let nowhere = results
                .iter()
                .all(|row| row.values(&token.field).is_empty());
            let expected = format!("the token `${}$` to be filled", token.field);
            let actual = if nowhere {
                format!("no result with a field `{}`", token.field)
            } else {
                format!("no value of `{}` in result {}", token.field, rid + 1)
            };
            let mut mismatch = Mismatch::new(expected, actual, Some(token.span));
            if nowhere {
                mismatch.notes.extend(like(result, &token.field));
            }
            found.add(mismatch);
        }
        let expected = template.filled(result);
        if filled && event.values(field) != [expected.as_str()] {
            self.differs(field, &expected, written.span, found);
        }
    }

    fn differs(&self, field: &str, expected: &str, span: Span, found: &mut Found) {
        let Some(event) = self.rows.get(self.at) else {
            return;
        };
        let actual = event.values(field);
        let shown = if actual.is_empty() {
            "no value".to_owned()
        } else {
            format!("`{}`", actual.join(", "))
        };
        let noun = self.noun;
        let mut mismatch = Mismatch::new(
            format!("{noun}s with {field} = `{expected}`"),
            shown,
            Some(span),
        );
        let differences = vec![Difference {
            field: field.to_owned(),
            expected: format!("`{expected}`"),
            actual: actual.to_vec(),
        }];
        let (number, total) = (self.at as u64 + 1, self.rows.len() as u64);
        mismatch.nearest = Some(Nearest {
            number,
            total,
            row: event.clone(),
            differences,
        });
        found.add(mismatch);
    }
}

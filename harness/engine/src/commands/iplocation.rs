//! `iplocation`: adds the place of an address.
//!
//! Search Reference, "iplocation": City, Country, Region, lat and lon; with `allfields` Continent, MetroCode and Timezone
//! too; nothing for addresses without a place, such as internal ones; "some fields can have empty field values". Where the
//! caller has no database the fields are left out, and a pass says so.

use std::net::IpAddr;
use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, Span, codes};
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::Arguments;
use super::columns::{first_of, map_many};
use super::doc::{Doc, Example};
use super::{Command, Lower};
use crate::env::Cx;
use crate::places::Place;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

const ALWAYS: &[&str] = &["City", "Country", "Region", "lat", "lon"];
const ALL: &[&str] = &[
    "City",
    "Continent",
    "Country",
    "MetroCode",
    "Region",
    "Timezone",
    "lat",
    "lon",
];

pub(super) struct Iplocation;

const DOC: Doc = Doc::new(&[Example::over(
    r#"[{"src":"192.0.2.7"}]"#,
    "iplocation src",
    r#"[{"src":"192.0.2.7"}]"#,
)])
.differences(&[
    "Without a location database nothing is added, and every search that uses the command says so.",
]);

impl Command for Iplocation {
    fn name(&self) -> &'static str {
        "iplocation"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, _: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let address = match &syntax.body {
            Body::Field(field) => Some(field.field.text.as_str().into()),
            _ => None,
        };
        let Some(address) = address else {
            return Err(arguments.missing("a field with addresses"));
        };
        let prefix = arguments.text("prefix").unwrap_or_default();
        let names = if arguments.flag("allfields", false) {
            ALL
        } else {
            ALWAYS
        };
        let op = Locate {
            address,
            names,
            targets: names
                .iter()
                .map(|name| format!("{prefix}{name}").into())
                .collect(),
            language: arguments.text("lang").unwrap_or_else(|| "en".into()),
            at: syntax.name_at.0,
        };
        arguments.finish(Stage::Map(Arc::new(op)))
    }
}

struct Locate {
    address: Arc<str>,
    names: &'static [&'static str],
    /// What the fields are called in the rows.
    targets: Vec<Arc<str>>,
    language: Arc<str>,
    at: Span,
}

impl Locate {
    /// The value of each field; null for an address without a place.
    fn read(&self, value: &Value, cx: &Cx<'_>) -> Vec<Value> {
        let place = match self.place(value, cx) {
            Ok(place) => place,
            Err(why) => {
                let message = format!("the database of places can't be read: {why}");
                let found = Diagnostic::error(&codes::configuration::DATABASE, message);
                cx.fail(found.at(self.at, "").into());
                None
            }
        };
        let Some(place) = place else {
            return vec![Value::Null; self.names.len()];
        };
        let values: Vec<Value> = self.names.iter().map(|name| part(&place, name)).collect();
        if values.iter().any(|value| *value == Value::text("")) {
            cx.uncertain("iplocation: what the database does not know of a place is an empty text; Splunk's manual says that fields can be empty");
        }
        values
    }

    fn place(&self, value: &Value, cx: &Cx<'_>) -> Result<Option<Place>, String> {
        let (Some(places), Some(first)) = (&cx.env.places, value.each().first()) else {
            return Ok(None);
        };
        // Networks are asked by their first address.
        let address: Option<IpAddr> = first.with_text(|text| {
            let text = text.trim();
            text.split_once('/')
                .map_or(text, |(address, _)| address)
                .parse()
                .ok()
        });
        match address.filter(is_public) {
            Some(address) => places.place(address, &self.language),
            None => Ok(None),
        }
    }
}

fn is_public(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            !(address.is_private() || address.is_loopback() || address.is_link_local())
        }
        IpAddr::V6(address) => {
            !(address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local())
        }
    }
}

fn part(place: &Place, name: &str) -> Value {
    let text = |text: &Option<String>| Value::text(text.clone().unwrap_or_default());
    let degrees = |degrees: Option<f64>| {
        Value::text(degrees.map_or_else(String::new, |degrees| format!("{degrees:.5}")))
    };
    match name {
        "City" => text(&place.city),
        "Continent" => text(&place.continent),
        "Country" => text(&place.country),
        "MetroCode" => text(&place.metro_code.map(|code| code.to_string())),
        "Region" => text(&place.region),
        "Timezone" => text(&place.time_zone),
        "lat" => degrees(place.position.map(|(latitude, _)| latitude)),
        _ => degrees(place.position.map(|(_, longitude)| longitude)),
    }
}

impl MapOp for Locate {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        if cx.env.places.is_none() {
            if !table.is_empty() {
                let message = "there is no database of places here: `iplocation` adds no fields";
                cx.note(
                    Diagnostic::note(&codes::meaning::UNCERTAIN_RULE, message)
                        .at(self.at, "")
                        .help("name one under `[iplocation]` in dryfire.toml"),
                );
            }
            return Ok(table);
        }
        let addresses = table.column_or_null(&self.address);
        let columns = map_many(&addresses, self.names.len(), |value| self.read(value, cx));
        cx.check()?;
        for (name, column) in self.targets.iter().zip(columns) {
            let column = match table.column(name) {
                Some(before) => first_of(&column, before),
                None => column,
            };
            table.set(name.clone(), column);
        }
        cx.charge(table.len(), table.bytes())?;
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NOW, rows, run, try_run};
    use super::*;
    use crate::env::Env;
    use crate::places::Places;

    #[derive(Debug)]
    struct One;

    impl Places for One {
        fn place(&self, address: IpAddr, language: &str) -> Result<Option<Place>, String> {
            Ok((address.to_string() == "203.0.113.7").then(|| Place {
                country: Some(
                    if language == "de" {
                        "Deutschland"
                    } else {
                        "Germany"
                    }
                    .to_owned(),
                ),
                continent: Some("Europe".to_owned()),
                position: Some((52.5, -13.25)),
                metro_code: Some(7),
                ..Place::default()
            }))
        }
    }

    fn located(input: &str, spl: &str) -> (Vec<Vec<String>>, usize) {
        let mut env = Env::all_time(NOW);
        env.places = Some(Arc::new(One));
        let outcome = try_run(rows(input), spl, &[], &env).unwrap();
        let shown = (0..outcome.table.len()).map(|row| {
            let cells = outcome.table.row(row);
            cells
                .map(|(name, value)| format!("{name}={}", value.to_text()))
                .collect()
        });
        (shown.collect(), outcome.notes.len())
    }

    #[test]
    fn without_a_database_rows_pass_with_a_note() {
        let outcome = run(rows(r#"[{"ip":"8.8.8.8"}]"#), "iplocation prefix=p_ ip");
        assert_eq!((outcome.table.len(), outcome.notes.len()), (1, 1));
    }

    #[test]
    fn places_of_addresses() {
        let (shown, notes) = located(
            r#"[{"ip":"203.0.113.7"},{"ip":"10.0.0.1"},{"ip":"198.51.100.1"},{"ip":"x"},{}]"#,
            "iplocation ip",
        );
        let found = [
            "ip=203.0.113.7",
            "City=",
            "Country=Germany",
            "Region=",
            "lat=52.50000",
            "lon=-13.25000",
        ];
        assert_eq!(shown[0], found);
        assert_eq!(shown[1], ["ip=10.0.0.1"]);
        assert_eq!(
            shown[2..],
            [
                vec!["ip=198.51.100.1".to_owned()],
                vec!["ip=x".to_owned()],
                vec![]
            ]
        );
        assert_eq!(notes, 1);
    }

    #[test]
    fn all_fields_with_a_prefix_in_another_language() {
        let (shown, _) = located(
            r#"[{"ip":"203.0.113.0/24"},{"ip":"203.0.113.7/32"}]"#,
            "iplocation allfields=true prefix=src_ lang=de ip",
        );
        assert_eq!(shown[0], ["ip=203.0.113.0/24"]);
        let found = [
            "ip=203.0.113.7/32",
            "src_City=",
            "src_Continent=Europe",
            "src_Country=Deutschland",
            "src_MetroCode=7",
            "src_Region=",
            "src_Timezone=",
            "src_lat=52.50000",
            "src_lon=-13.25000",
        ];
        assert_eq!(shown[1], found);
    }
}

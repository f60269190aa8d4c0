//! A database of places in MaxMind's format, made for the tests: one network with a city.
//!
//! After the public description of the format, version 2.0: a tree of the address's bits, 16 zero bytes, the data, a marker,
//! the metadata.

/// The type of a datum and its bytes.
enum Datum<'d> {
    Text(&'d str),
    Double(f64),
    /// Types 5 and 6; type 9 is an extended one.
    Number(u8, u64),
    Map(Vec<(&'d str, Datum<'d>)>),
    List(Vec<Datum<'d>>),
}

use Datum::{Double, List, Map, Number, Text};

fn control(kind: u8, size: usize, out: &mut Vec<u8>) {
    let (short, more) = if size < 29 {
        (size, None)
    } else {
        (29, Some(size - 29))
    };
    let short = u8::try_from(short).unwrap();
    if kind < 8 {
        out.push(kind << 5 | short);
    } else {
        out.extend([short, kind - 7]);
    }
    out.extend(more.map(|more| u8::try_from(more).unwrap()));
}

fn encode(datum: &Datum<'_>, out: &mut Vec<u8>) {
    match datum {
        Text(text) => {
            control(2, text.len(), out);
            out.extend(text.as_bytes());
        }
        Double(number) => {
            control(3, 8, out);
            out.extend(number.to_be_bytes());
        }
        Number(kind, number) => {
            let bytes = number.to_be_bytes();
            let from = bytes.iter().position(|byte| *byte != 0).unwrap_or(8);
            control(*kind, 8 - from, out);
            out.extend(&bytes[from..]);
        }
        Map(entries) => {
            control(7, entries.len(), out);
            for (key, value) in entries {
                encode(&Text(key), out);
                encode(value, out);
            }
        }
        List(items) => {
            control(11, items.len(), out);
            items.iter().for_each(|item| encode(item, out));
        }
    }
}

fn named<'d>(english: &'d str, german: Option<&'d str>) -> Datum<'d> {
    let german = german.map(|name| ("de", Text(name)));
    let names = german.into_iter().chain([("en", Text(english))]).collect();
    Map(vec![("names", Map(names))])
}

/// A database that knows the addresses which begin with these bytes.
pub(crate) fn database(network: [u8; 3], bits: u32) -> Vec<u8> {
    let mut out = Vec::new();
    for depth in 0..bits {
        let byte = network[(depth / 8) as usize];
        let next = if depth + 1 == bits {
            bits + 16
        } else {
            depth + 1
        };
        let right = byte >> (7 - depth % 8) & 1 == 1;
        let records = if right { [bits, next] } else { [next, bits] };
        for record in records {
            out.extend(&record.to_be_bytes()[1..]);
        }
    }
    out.extend([0; 16]);
    let place = Map(vec![
        ("city", named("Testville", Some("Teststadt"))),
        ("continent", named("Testia", None)),
        ("country", named("Testland", None)),
        (
            "location",
            Map(vec![
                ("latitude", Double(12.5)),
                ("longitude", Double(-3.25)),
                ("metro_code", Number(5, 501)),
                ("time_zone", Text("Etc/UTC")),
            ]),
        ),
        ("subdivisions", List(vec![named("North", None)])),
    ]);
    encode(&place, &mut out);
    out.extend(b"\xab\xcd\xefMaxMind.com");
    let metadata = Map(vec![
        ("binary_format_major_version", Number(5, 2)),
        ("binary_format_minor_version", Number(5, 0)),
        ("build_epoch", Number(9, 1_700_000_000)),
        ("database_type", Text("Test-City")),
        ("description", Map(vec![("en", Text("places of a test"))])),
        ("ip_version", Number(5, 4)),
        ("languages", List(vec![Text("en")])),
        ("node_count", Number(6, u64::from(bits))),
        ("record_size", Number(5, 24)),
    ]);
    encode(&metadata, &mut out);
    out
}

//! temporary
use super::testing::*;
use crate::env::Env;
use crate::table::Table;
use serde_json::Value as Json;

#[test]
fn vectors() {
    let text = std::fs::read_to_string("/work/shared/corpus/expectations/spl_vectors.jsonl").unwrap();
    let (mut good, mut bad) = (0, 0);
    for line in text.lines() {
        let vector: Json = serde_json::from_str(line).unwrap();
        let id = vector["id"].as_str().unwrap().to_owned();
        let spl = vector["spl"].as_str().unwrap().to_owned();
        let mut env = Env::all_time(NOW);
        if let Some(zone) = vector["tz"].as_str() { env.zone = jiff::tz::TimeZone::get(zone).unwrap(); }
        let input = vector["input"].to_string();
        let expect = vector["expect"].to_string();
        let ordered = vector["ordered"].as_bool().unwrap_or(false);
        let result = std::panic::catch_unwind(|| {
            let table = if vector["input"].is_array() { rows(&input) } else { Table::new(0) };
            let outcome = try_run(table, &spl, &[], &env).map_err(|e| format!("{:?}", e.iter().map(|e| e.message.clone()).collect::<Vec<_>>()))?;
            let (mut a, mut b) = (sorted(&outcome.table), sorted(&rows(&expect)));
            if !ordered { a.sort(); b.sort(); }
            if a == b { Ok(()) } else { Err(format!("got  {a:?}\nwant {b:?}")) }
        });
        match result {
            Ok(Ok(())) => good += 1,
            Ok(Err(text)) => { bad += 1; println!("### {id}: {spl}\n{text}"); }
            Err(panic) => { bad += 1; println!("### {id}: PANIC {spl} {:?}", panic.downcast_ref::<String>()); }
        }
    }
    println!("### good {good} bad {bad}");
}

fn sorted(table: &Table) -> Vec<String> {
    (0..table.len()).map(|row| {
        let mut cells: Vec<_> = table.row(row).map(|(n, v)| format!("{n}={:?}", v.each().iter().map(|v| v.to_text()).collect::<Vec<_>>())).collect();
        cells.sort();
        cells.join(" ")
    }).collect()
}

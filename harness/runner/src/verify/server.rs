//! Checks of the deployment as a whole: the account, the collector, indexes, add-ons.

use std::collections::BTreeMap;

use dryfire_splunk::{Entry, Error, Index};

use super::facts::Facts;
use super::names::names;
use super::{Check, DEPLOYMENT, Deployment};
use crate::describe;
use crate::session::Session;

/// The app of the Common Information Model.
const CIM: &str = "Splunk_SA_CIM";

pub(super) async fn checks(
    session: &Session,
    deployment: &Deployment<'_>,
    facts: &Facts,
) -> Vec<Check> {
    let mut checks = vec![account(deployment, facts)];
    if deployment.is_lab {
        let check = Check::new(None, "the event collector answers");
        checks.push(match deployment.client.collector_health().await {
            Ok(()) => check,
            Err(error) => check.fails("collector", error.to_string()),
        });
    }
    checks.extend(indexes(session, deployment, facts));
    checks.extend(add_ons(session, facts));
    checks
}

fn account(deployment: &Deployment<'_>, facts: &Facts) -> Check {
    let mut needed = vec!["search"];
    if deployment.is_lab {
        needed.extend(match deployment.index {
            Some(_) => vec!["delete_by_keyword"],
            None => vec!["indexes_edit", "edit_token_http"],
        });
    }
    let has = |name: &&&str| facts.context.capabilities.iter().any(|has| has == **name);
    let missing: Vec<&str> = needed.iter().filter(|name| !has(name)).copied().collect();
    let check = Check::new(None, "the account may do what is needed").note(
        DEPLOYMENT,
        format!(
            "{} is Splunk {} ({}), asked as {}",
            deployment.client.address(),
            facts.info.version,
            facts.info.instance_type,
            facts.context.user
        ),
    );
    if missing.is_empty() {
        check
    } else {
        check.fails(
            "capability",
            format!(
                "{} lacks the capability {}",
                facts.context.user,
                missing.join(", ")
            ),
        )
    }
}

/// The indexes that searches name, by themselves or in the server's macros, with the longest time that one looks back.
fn indexes(session: &Session, deployment: &Deployment<'_>, facts: &Facts) -> Vec<Check> {
    let mut wanted: BTreeMap<String, u64> = BTreeMap::new();
    for (detection, prepared) in session.repository.detections.iter().zip(&session.prepared) {
        let schedule = describe::schedule(detection, &session.repository);
        let back = schedule.earliest.as_deref().and_then(seconds).unwrap_or(0);
        let mut texts = vec![session.sources.get(prepared.expanded).text.to_string()];
        texts.extend(prepared.macros.iter().filter_map(|used| {
            let there = facts.macro_of(&used.name, used.arguments).ok()??;
            there.text("definition")
        }));
        for index in texts.iter().flat_map(|text| names(text).indexes) {
            let longest = wanted.entry(index).or_default();
            *longest = back.max(*longest);
        }
    }
    wanted.extend(deployment.index.map(|index| (index.to_owned(), 0)));
    wanted
        .into_iter()
        .map(|(name, back)| index(&name, back, &facts.indexes))
        .collect()
}

fn index(name: &str, back: u64, there: &Result<Vec<Index>, Error>) -> Check {
    let check = Check::new(None, format!("the index `{name}` is there"));
    let there = match there {
        Ok(there) => there,
        Err(error) => return check.unknown(error),
    };
    let Some(found) = there.iter().find(|index| index.name == name) else {
        return check.fails("index-missing", format!("there is no index `{name}`"));
    };
    match found.retention {
        _ if found.disabled => {
            check.fails("index-disabled", format!("the index `{name}` is disabled"))
        }
        Some(kept) if kept < back => check.fails(
            "index-retention",
            format!(
                "the index `{name}` keeps events for {kept} s, and a detection looks back {back} s"
            ),
        ),
        _ => check,
    }
}

/// `-70m@m` as seconds.
fn seconds(time: &str) -> Option<u64> {
    let rest = time.strip_prefix('-')?;
    let digits = rest.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = rest[..digits].parse().ok()?;
    let unit = rest[digits..].split('@').next()?;
    let seconds = match unit {
        "s" | "sec" | "secs" => 1,
        "m" | "min" | "mins" => 60,
        "h" | "hr" | "hrs" => 3600,
        "d" | "day" | "days" => 86_400,
        "w" | "week" | "weeks" => 604_800,
        "mon" | "month" | "months" => 2_678_400,
        "y" | "yr" | "yrs" => 31_622_400,
        _ => return None,
    };
    Some(number * seconds)
}

/// The add-ons that the data sources of the content name, and the data models' app where a search uses one.
fn add_ons(session: &Session, facts: &Facts) -> Vec<Check> {
    let mut wanted: BTreeMap<String, Option<String>> = BTreeMap::new();
    let repository = &session.repository;
    for (detection, prepared) in repository.detections.iter().zip(&session.prepared) {
        let text = &session.sources.get(prepared.expanded).text;
        if !names(text).models.is_empty() {
            wanted.insert(CIM.to_owned(), None);
        }
        for named in describe::data_sources(detection, repository) {
            let source = repository
                .data_sources
                .iter()
                .find(|source| source.name.value == named.name);
            for (name, version) in source.iter().flat_map(|source| &source.add_ons) {
                wanted.insert(name.clone(), version.clone());
            }
        }
    }
    wanted
        .into_iter()
        .map(|(name, version)| add_on(&name, version.as_deref(), &facts.apps))
        .collect()
}

fn add_on(name: &str, version: Option<&str>, there: &Result<Vec<Entry>, Error>) -> Check {
    let holds = match version {
        Some(version) => format!("the app `{name}` is there, {version} or newer"),
        None => format!("the app `{name}` is there"),
    };
    let check = Check::new(None, holds);
    let there = match there {
        Ok(there) => there,
        Err(error) => return check.unknown(error),
    };
    let is = |text: &str| text.eq_ignore_ascii_case(name);
    let found = there
        .iter()
        .find(|app| is(&app.name) || app.text("label").is_some_and(|label| is(&label)));
    let Some(found) = found else {
        return check.fails("app-missing", format!("the app `{name}` is not installed"));
    };
    if found.is_on("disabled") {
        return check.fails("app-disabled", format!("the app `{name}` is disabled"));
    }
    let installed = found.text("version").unwrap_or_default();
    match version {
        Some(wanted) if numbers(&installed) < numbers(wanted) => check.fails(
            "app-old",
            format!("the app `{name}` is version {installed}, older than {wanted}"),
        ),
        _ => check,
    }
}

/// A version as numbers, so that 10.0 comes after 9.4.
fn numbers(version: &str) -> Vec<u64> {
    version
        .split(|c: char| !c.is_ascii_digit())
        .map_while(|part| part.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_versions_are_numbers() {
        assert_eq!(seconds("-70m@m"), Some(4200));
        assert_eq!(seconds("-30d@d"), Some(2_592_000));
        assert_eq!(seconds("0"), None);
        assert!(numbers("10.0.1") > numbers("9.4"));
    }
}

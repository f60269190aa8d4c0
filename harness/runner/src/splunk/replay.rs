//! `dryfire replay`: datasets into indexes of a lab, to stay there until `--clean`.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use dryfire_content::DatasetRef;
use dryfire_diagnostic::Diagnostic;
use dryfire_knowledge::Knowledge;
use dryfire_splunk::{Change, Collector, Error, Lab, Meta, Policy, Result, Which};

use super::send::{Form, Replayed, Scope, Sending, count, replay};
use super::{Place, Step, age, prepare, token_name};
use crate::data::{LoadError, Loaded, load};
use crate::remote::Remote;

/// The index that events go to where nothing is said.
const INDEX: &str = "dryfire_replay";
const SECOND: i64 = 1_000_000;

/// How to replay.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The index, whatever the data says.
    pub index: Option<String>,
    /// The host, whatever the data says.
    pub host: Option<String>,
    /// The source, whatever the data says.
    pub source: Option<String>,
    /// The sourcetype, whatever the data says.
    pub sourcetype: Option<String>,
    /// Whether the last event gets the present time, and all others theirs before it.
    pub to_now: bool,
    /// Whether the times in the text move, too.
    pub rewrite: bool,
    /// Events a second, at most.
    pub rate: Option<u64>,
    /// Whether to go on where an earlier replay ended.
    pub resume: bool,
}

/// A dataset on its way.
pub struct Load {
    /// What it is called.
    pub key: String,
    data: Loaded,
    meta: Meta,
    form: Form,
}

/// What became of a dataset.
pub struct Done {
    /// What it is called.
    pub key: String,
    /// Where it went.
    pub meta: Meta,
    /// How they were sent.
    pub form: Form,
    /// How many events.
    pub replayed: Replayed,
    /// Events that an earlier run sent.
    pub skipped: u64,
}

/// Opens the data and decides where each goes. Nothing is sent.
///
/// # Errors
/// What can't be read.
pub fn open(
    datasets: &[DatasetRef],
    options: &Options,
    place: &Place,
    policy: &Policy,
    knowledge: &Knowledge,
    remote: &Remote,
) -> std::result::Result<Vec<Load>, Vec<Diagnostic>> {
    let (mut loads, mut wrong) = (Vec::new(), Vec::new());
    for dataset in datasets {
        let key = dataset.location.key();
        let host = options.host.clone().unwrap_or_else(|| host(&key));
        let named = DatasetRef {
            host: Some(host.clone()),
            source: options.source.clone().or_else(|| dataset.source.clone()),
            sourcetype: options
                .sourcetype
                .clone()
                .or_else(|| dataset.sourcetype.clone()),
            ..dataset.clone()
        };
        let loaded: std::result::Result<Loaded, LoadError> = load(&named, knowledge, remote);
        match loaded {
            Ok(data) => {
                let input = &data.dataset.input;
                let meta = Meta {
                    index: index(dataset, options, place, policy),
                    host,
                    source: input.source.to_string(),
                    sourcetype: input.sourcetype.to_string(),
                };
                let form = place.forms.of(&input.sourcetype);
                loads.push(Load {
                    key,
                    data,
                    meta,
                    form,
                });
            }
            Err(error) => wrong.push(error.diagnostic().at(dataset.span, "named here")),
        }
    }
    if wrong.is_empty() {
        Ok(loads)
    } else {
        Err(wrong)
    }
}

/// The index that was asked for; else the data's own, where it is allowed; else the target's; else one of ours.
fn index(dataset: &DatasetRef, options: &Options, place: &Place, policy: &Policy) -> String {
    let allowed = |index: &String| {
        let change = Change::Index {
            name: index.clone(),
        };
        policy.allow(&change).is_ok()
    };
    options
        .index
        .clone()
        .or_else(|| dataset.index.clone().filter(allowed))
        .or_else(|| place.index.clone())
        .unwrap_or_else(|| INDEX.to_owned())
}

/// A host that only this dataset has, so that its events can be counted, and undone, without touching others.
fn host(key: &str) -> String {
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let file = key.rsplit('/').next().unwrap_or(key);
    let stem: String = file
        .split('.')
        .next()
        .unwrap_or(file)
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_')
        .take(40)
        .collect();
    format!("dryfire-{stem}-{:08x}", hash >> 32)
}

/// What would be done.
///
/// # Errors
/// The indexes can't be listed; a change is not allowed.
pub async fn plan(lab: &Lab, loads: &[Load], place: &Place, policy: &Policy) -> Result<Vec<Step>> {
    let there = lab.client().indexes().await?;
    let acknowledges = place.asks_acknowledgement(lab.client()).await?;
    let mut changes = Vec::new();
    let mut steps = Vec::new();
    let mut seen = Vec::new();
    for load in loads {
        let index = load.meta.index.clone();
        let begun = changes.len();
        if !seen.contains(&index) {
            if !there.iter().any(|known| known.name == index) {
                changes.push(Change::Index {
                    name: index.clone(),
                });
            }
            let token = token_name(&index);
            if place.token.is_none() && lab.client().token(&token).await?.is_none() {
                changes.push(Change::Token {
                    name: token,
                    index: index.clone(),
                });
            }
            seen.push(index);
        }
        steps.extend(changes.iter().skip(begun).map(Step::make));
        steps.push(Step::send(&load.meta, load.form, acknowledges));
        changes.push(Change::Events(load.meta.clone()));
    }
    for change in &changes {
        policy.allow(change)?;
    }
    Ok(steps)
}

/// What is worth knowing before old events are sent: where they would be lost.
///
/// # Errors
/// The indexes can't be listed.
pub async fn warnings(
    lab: &Lab,
    loads: &[Load],
    options: &Options,
    now: i64,
) -> Result<Vec<String>> {
    let there = lab.client().indexes().await?;
    let shift = shift(loads, options, now);
    let mut found = Vec::new();
    for load in loads {
        let Some((first, _)) = load.data.survey.times else {
            continue;
        };
        let index = there.iter().find(|index| index.name == load.meta.index);
        let told = age::warnings(&load.key, first + shift, load.form, index, now);
        found.extend(told);
    }
    if !found.is_empty() && !options.to_now {
        found.push("`--time now` moves all times".to_owned());
    }
    Ok(found)
}

/// How far all events move: whole seconds, the same for all data, so that spacing is kept.
fn shift(loads: &[Load], options: &Options, now: i64) -> i64 {
    let last = loads
        .iter()
        .filter_map(|load| load.data.survey.times)
        .map(|(_, last)| last)
        .max();
    match last {
        Some(last) if options.to_now => (now - last).div_euclid(SECOND) * SECOND,
        _ => 0,
    }
}

/// Where a replay goes, and how.
pub struct Replay<'a> {
    /// The server.
    pub lab: &'a Lab,
    /// What is set up of it.
    pub place: &'a Place,
    /// How.
    pub options: &'a Options,
    /// The present, in microseconds since 1970.
    pub now: i64,
    /// Ends it.
    pub cancel: &'a AtomicBool,
}

impl Replay<'_> {
    /// Sends all data, one after the other. `told` hears of each batch: the dataset, and how many events.
    ///
    /// # Errors
    /// As any request; `Settings` where events are there that must not be mixed with these; `Interrupted`.
    pub async fn run(
        &self,
        loads: &[Load],
        told: &mut (dyn FnMut(&str, u64) + Send),
        done: &mut (dyn FnMut(Done) + Send),
    ) -> Result<()> {
        let acknowledges = self.place.asks_acknowledgement(self.lab.client()).await?;
        let shift = shift(loads, self.options, self.now);
        let known = self.lab.open_changes(Which::All).await;
        let mut collectors: BTreeMap<&str, Collector> = BTreeMap::new();
        for load in loads {
            let index = load.meta.index.as_str();
            if !collectors.contains_key(index) {
                let token = self.place.token.as_ref();
                let made = prepare(self.lab, index, token, acknowledges).await?;
                collectors.insert(index, made);
            }
            let Some(collector) = collectors.get(index) else {
                continue;
            };
            done(
                self.one(load, collector, shift, (&known, acknowledges), told)
                    .await?,
            );
        }
        Ok(())
    }

    async fn one(
        &self,
        load: &Load,
        collector: &Collector,
        shift: i64,
        (known, acknowledges): (&[Change], bool),
        told: &mut (dyn FnMut(&str, u64) + Send),
    ) -> Result<Done> {
        let scope = Scope {
            index: load.meta.index.clone(),
            host: Some(load.meta.host.clone()),
        };
        let there = count(self.lab.client(), &scope).await?;
        let ours = known.contains(&Change::Events(load.meta.clone()));
        let skip = match there {
            0 => 0,
            there if ours && self.options.resume => there,
            there => {
                return Err(Error::Settings(format!(
                    "the index `{}` holds {there} events of the host `{}` already, {}",
                    scope.index,
                    load.meta.host,
                    if ours {
                        "from an earlier replay: `--resume` sends the rest, `--clean` undoes it"
                    } else {
                        "which are not of a replay: name another `--host`, so that undoing can't touch them"
                    }
                )));
            }
        };
        let announced = self.lab.announce_events(load.meta.clone()).await?;
        let sending = Sending {
            client: self.lab.client(),
            collector,
            scope,
            form: load.form,
            shift,
            rewrite: self.options.rewrite,
            skip,
            rate: self.options.rate,
            acknowledges,
            cancel: self.cancel,
        };
        let mut told = |events: u64| told(&load.key, events);
        let replayed = replay(&sending, &announced, &load.data.dataset, &mut told).await?;
        Ok(Done {
            key: load.key.clone(),
            meta: load.meta.clone(),
            form: load.form,
            replayed,
            skipped: skip,
        })
    }
}

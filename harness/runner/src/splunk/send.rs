//! Sends the events of a dataset to a Splunk, once each, and waits until they are searchable.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use dryfire_engine::{Dataset, Stop};
use dryfire_splunk::{Announced, Client, Collector, Error, Event, Result, Search, Sent};

use super::retime;

/// Bytes of a batch. Splunk advises at most 1 MB a request on Cloud.
const BATCH_BYTES: usize = 512 << 10;
/// Events of a batch that has a rate to keep: a second's worth, at most this many.
const SLOW_EVENTS: u64 = 1000;

/// How events are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// Broken and timed here: the server's line breaking plays no part.
    #[default]
    Events,
    /// As text, broken and timed by the server, as contentctl sends it.
    Raw,
}

impl std::fmt::Display for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Events => "broken and timed here",
            Self::Raw => "as raw text, broken and timed there",
        })
    }
}

/// Which events are counted: those of an index, or of a host in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The index.
    pub index: String,
    /// The host, where the index holds other events, too.
    pub host: Option<String>,
}

/// Where the events of a run go.
pub struct Sending<'a> {
    /// Searches that count.
    pub client: &'a Client,
    /// What takes the events.
    pub collector: &'a Collector,
    /// What is counted.
    pub scope: Scope,
    /// How they are sent.
    pub form: Form,
    /// Added to the time of each event, in microseconds. Raw text keeps its times.
    pub shift: i64,
    /// Whether the times in the text move by as much.
    pub rewrite: bool,
    /// Events that an earlier run sent: they are passed over.
    pub skip: u64,
    /// Events a second, at most.
    pub rate: Option<u64>,
    /// Whether the collector is asked what became of the batches, where it numbers them.
    pub acknowledges: bool,
    /// Ends the sending.
    pub cancel: &'a AtomicBool,
}

/// What was sent, and what the server has of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replayed {
    /// Events as broken here.
    pub sent: u64,
    /// Events that the server found.
    pub found: u64,
    /// Events whose text does not tell their time, and kept it.
    pub kept: u64,
}

/// A batch: so many events, as text with their times.
struct Batch<'a> {
    events: Vec<Event<'a>>,
    text: Cow<'a, str>,
}

impl<'a> Batch<'a> {
    /// The batch with texts of its own: those that the rewriting made.
    fn with(&self, texts: &'a [String]) -> Batch<'a> {
        let pairs = self.events.iter().zip(texts);
        Batch {
            events: pairs
                .map(|(event, raw)| Event {
                    raw,
                    time: event.time,
                })
                .collect(),
            text: Cow::Owned(texts.join("\n")),
        }
    }
}

/// Sends a dataset and waits until the server has as many events, or will not have them.
///
/// # Errors
/// The server can't be reached or refuses; a batch arrived in part; `Interrupted`.
pub(super) async fn replay(
    to: &Sending<'_>,
    announced: &Announced,
    data: &Dataset,
    told: &mut (dyn FnMut(u64) + Send),
) -> Result<Replayed> {
    let before = count(to.client, &to.scope).await?.saturating_sub(to.skip);
    let (mut sent, mut kept, mut numbers) = (0, 0, Vec::new());
    let begun = Instant::now();
    let largest = to.rate.map_or(u64::MAX, |rate| rate.clamp(1, SLOW_EVENTS));
    for unit in 0..data.units() {
        for chunk in data.load(unit).map_err(|stop| unreadable(&stop))? {
            let text = chunk.text();
            let times = chunk.times();
            let mut events = Vec::new();
            let (mut begin, mut bytes) = (0, 0);
            for row in 0..chunk.len() {
                let place = u32::try_from(row).unwrap_or(u32::MAX);
                let raw = chunk.event(place);
                events.push(Event {
                    raw,
                    time: times.get(row).copied().unwrap_or(0) + to.shift,
                });
                bytes += raw.len();
                let is_last = row + 1 == chunk.len();
                let end = if is_last {
                    text.len()
                } else {
                    chunk.end_of(place)
                };
                if bytes < BATCH_BYTES && (events.len() as u64) < largest && !is_last {
                    continue;
                }
                if to.cancel.load(Ordering::Relaxed) {
                    return Err(Error::Interrupted);
                }
                let batch = Batch {
                    events: std::mem::take(&mut events),
                    text: text.get(begin..end).unwrap_or_default().into(),
                };
                let count = batch.events.len() as u64;
                (begin, bytes) = (end, 0);
                match to.skip.saturating_sub(sent) {
                    left if left >= count => {}
                    0 => {
                        let (moved, unmoved) = rewritten(to, &batch);
                        kept += unmoved;
                        let batch = if moved.is_empty() {
                            batch
                        } else {
                            batch.with(&moved)
                        };
                        numbers.extend(once(to, announced, &batch, before + sent).await?);
                        told(count);
                        keep_pace(to, sent + count - to.skip.min(sent), begun).await;
                    }
                    part => {
                        return Err(Error::Settings(format!(
                            "the server has {} events of `{}`, of the last batch {part} of {count}: it can't be told which. Undo with `--clean` and replay again",
                            to.skip, data.input.name
                        )));
                    }
                }
                sent += count;
            }
        }
    }
    if to.acknowledges {
        to.collector.acknowledged(&numbers).await?;
    }
    let found = searchable(to, before + sent).await?.saturating_sub(before);
    Ok(Replayed { sent, found, kept })
}

/// The texts with their times moved, where that is asked, and how many tell no time.
fn rewritten(to: &Sending<'_>, batch: &Batch<'_>) -> (Vec<String>, u64) {
    if !to.rewrite || to.shift == 0 {
        return (Vec::new(), 0);
    }
    let mut kept = 0;
    let texts = batch.events.iter().map(|event| {
        retime::moved(event.raw, event.time - to.shift, to.shift).unwrap_or_else(|| {
            kept += 1;
            event.raw.to_owned()
        })
    });
    (texts.collect(), kept)
}

/// Waits so that no more events a second go than were asked for.
async fn keep_pace(to: &Sending<'_>, sent: u64, begun: Instant) {
    let Some(rate) = to.rate.filter(|rate| *rate > 0) else {
        return;
    };
    tokio::time::sleep(due(sent, rate).saturating_sub(begun.elapsed())).await;
}

/// How long so many events take, at that rate a second.
fn due(events: u64, rate: u64) -> Duration {
    Duration::from_micros(events.saturating_mul(1_000_000) / rate)
}

/// Sends a batch so that the server has it once. Where the connection broke, counting tells whether it has.
async fn once(
    to: &Sending<'_>,
    announced: &Announced,
    batch: &Batch<'_>,
    before: u64,
) -> Result<Option<u64>> {
    /// How often a batch is sent whose connection breaks.
    const TRIES: usize = 3;
    let whole = before + batch.events.len() as u64;
    let mut broken = None;
    for _ in 0..TRIES {
        let sent = match to.form {
            Form::Events => to.collector.events(announced, &batch.events).await?,
            Form::Raw => {
                let sent = to.collector.raw(announced, batch.text.as_bytes()).await?;
                // How many events the server makes of text is its own business: counting can't tell whether the text is there.
                if let Sent::Unknown(error) = sent {
                    return Err(error);
                }
                sent
            }
        };
        let error = match sent {
            Sent::Taken(number) => return Ok(number),
            Sent::Unknown(error) => error,
        };
        let found = searchable(to, whole).await?;
        if found == whole {
            return Ok(None);
        }
        if found != before {
            return Err(Error::Settings(format!(
                "{error}; of {} events the server has {}: they are not sent again",
                batch.events.len(),
                found.saturating_sub(before)
            )));
        }
        broken = Some(error);
    }
    Err(broken.unwrap_or(Error::Interrupted))
}

/// Waits until there are so many events; gives up when the number has not changed for a while, and says what it is.
async fn searchable(to: &Sending<'_>, wanted: u64) -> Result<u64> {
    let patience = to.client.patience();
    let mut pause = patience.first_wait;
    let (mut last, mut since) = (count(to.client, &to.scope).await?, Instant::now());
    while last != wanted && since.elapsed() < patience.settle {
        if to.cancel.load(Ordering::Relaxed) {
            return Err(Error::Interrupted);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(2));
        let now = count(to.client, &to.scope).await?;
        if now != last {
            (last, since) = (now, Instant::now());
        }
    }
    Ok(last)
}

/// How many events there are.
///
/// # Errors
/// As any search.
pub async fn count(client: &Client, scope: &Scope) -> Result<u64> {
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let mut text = format!("| tstats count where index=\"{}\"", quoted(&scope.index));
    if let Some(host) = &scope.host {
        text.push_str(&format!(" host=\"{}\"", quoted(host)));
    }
    // Asked many times while events arrive: in one request, and no job is left.
    let rows = client.oneshot(&Search::new(text, super::job_id())).await?;
    let count = rows
        .first()
        .and_then(|row| row.get("count")?.as_str()?.parse().ok());
    count.ok_or_else(|| Error::NotSplunk {
        address: client.address(),
        what: "counting the events of an index".to_owned(),
        why: "the row holds no count".to_owned(),
    })
}

fn unreadable(stop: &Stop) -> Error {
    match stop {
        Stop::Data(why) | Stop::Budget(why) | Stop::Defect(why) => Error::Settings(why.clone()),
        Stop::Unsupported(found) | Stop::Fault(found) => Error::Settings(found.message.clone()),
        Stop::Cancelled => Error::Interrupted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_tells_how_long_events_take() {
        assert_eq!(due(0, 100), Duration::ZERO);
        assert_eq!(due(250, 100), Duration::from_millis(2500));
        assert_eq!(due(1, 3), Duration::from_micros(333_333));
    }
}

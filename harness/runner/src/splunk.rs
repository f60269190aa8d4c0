//! A Splunk as a target: data is sent there, searches run there, and what comes back is judged as locally.
//!
//! Tests that use different data must not see each other's events. Where the account may make indexes, each such group has an
//! index of its own, removed before the next; where it may make users, searches run as one who sees nothing else. In an index
//! that was there already, the events of a group are hidden (`| delete`) before the next is sent. Only a lab is written to
//! ([`dryfire_splunk::Lab`]), and what was made is undone at the end, or by `dryfire replay --clean`.

mod attack_range;
mod choose;
mod connect;
mod dump;
mod effects;
mod enterprise;
mod place;
mod plan;
mod pool;
mod proof;
pub mod replay;
mod retime;
mod rows;
mod send;
mod trouble;
mod waves;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_engine::es::Actions;
use dryfire_engine::{Env, Outcome, Trace};
use dryfire_splunk::{Change, Client, Collector, Error, Lab, Meta, Search, Which};
use tokio::runtime::Runtime;

pub use choose::choose;
pub use connect::{Connection, Forms, Variables, variable};
pub use dump::{Dumped, Window, dump};
pub use place::{Place, date, must_be_empty, new_id, now, prepare, run_name, token_name};
pub use plan::{Step, plan};
pub use pool::Pool;
pub use proof::count_differs;
pub use send::{Form, Replayed, Scope, Sending, count};

use effects::unclear;
pub(crate) use effects::writes;
pub(crate) use place::job_id;
pub(crate) use proof::{Silence, errors, silence};
pub(crate) use trouble::lacks;
use trouble::{failure, trouble};

use crate::data::Loaded;
use crate::local::Local;
use crate::target::{Answer, Failure, Produced, Request, Target, Triggered};

/// Sends a dataset as it is, and waits until it can be searched.
pub(crate) async fn send_dataset(
    to: &Sending<'_>,
    announced: &dryfire_splunk::Announced,
    data: &dryfire_engine::Dataset,
) -> dryfire_splunk::Result<Replayed> {
    send::replay(to, announced, data, &mut |_| {}).await
}

/// A runtime for the calls of one target.
///
/// # Errors
/// The system gives no sockets.
pub fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

/// A Splunk.
pub struct Splunk<'a> {
    place: Place,
    lab: Lab,
    /// The user that searches: the run's own, or the account's.
    user: String,
    /// Searches as the run's own user.
    reader: Option<Client>,
    /// Whether Enterprise Security is there.
    enterprise: bool,
    acknowledges: bool,
    /// Knows the data, and simulates what Enterprise Security does where it is not there.
    local: Local<'a>,
    cancel: &'a AtomicBool,
    runtime: Runtime,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Groups so far.
    groups: u64,
    /// Private copies of searches so far.
    copies: u64,
    /// What Enterprise Security made, by the id of the search.
    produced: BTreeMap<String, Produced>,
}

impl<'a> Splunk<'a> {
    /// Makes what a run needs on a lab.
    ///
    /// # Errors
    /// The server can't be reached, refuses, or must not be written to.
    pub fn open(
        lab: Lab,
        place: Place,
        local: Local<'a>,
        runtime: Runtime,
    ) -> dryfire_splunk::Result<Self> {
        let seen = match &place.index {
            Some(index) => index.clone(),
            None => format!("{}_*", place.run),
        };
        let prepared = runtime.block_on(async {
            let client = lab.client();
            let context = client.context().await?;
            let enterprise = client.has_enterprise_security().await?;
            let acknowledges = match place.acknowledges {
                Some(said) => said,
                None => !client.info().await?.is_cloud(),
            };
            if !context.may_make_users() {
                return Ok((context.user, None, enterprise, acknowledges));
            }
            let indexes = [seen, "risk".to_owned(), "notable".to_owned()];
            let reader = lab.create_reader(&place.run, &indexes).await?;
            Ok((place.run.clone(), Some(reader), enterprise, acknowledges))
        });
        let (user, reader, enterprise, acknowledges) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => {
                // What was made before it failed; what can't be undone stays in the journal.
                runtime.block_on(lab.clean(Which::Own));
                return Err(error);
            }
        };
        Ok(Self {
            cancel: local.cancel,
            user,
            place,
            lab,
            reader,
            enterprise,
            acknowledges,
            local,
            runtime,
            state: Mutex::default(),
        })
    }

    /// Undoes what the run made. What could not be undone is returned, and stays in the journal.
    pub fn close(self) -> Vec<(Change, Error)> {
        let done = self.runtime.block_on(self.lab.clean(Which::Own));
        let failed =
            |(change, result): (Change, dryfire_splunk::Result<()>)| Some((change, result.err()?));
        done.into_iter().filter_map(failed).collect()
    }

    /// What Enterprise Security made for a search.
    fn made(&self, actions: &Actions) -> Option<Produced> {
        self.state().produced.remove(&actions.sid)
    }

    /// What it would make by our own rules; nothing where it is there and was not asked.
    fn simulate(&self, one: &Triggered<'_>) -> Option<Result<Produced, Failure>> {
        let Triggered { answer, actions } = *one;
        let made = self.local.act(&[Triggered { answer, actions }]);
        made.into_iter().next()
    }

    fn client(&self) -> &Client {
        self.reader.as_ref().unwrap_or_else(|| self.lab.client())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn namespace(&self) -> Option<(String, String)> {
        let app = self.place.app.as_ref()?;
        Some((self.user.clone(), app.clone()))
    }

    /// Runs the searches that use the same data: the data goes there, the searches run, the data is removed.
    async fn group(
        &self,
        data: &[Arc<Loaded>],
        requests: &[&Request<'_, Loaded>],
    ) -> Vec<Result<Answer, Failure>> {
        let number = {
            let mut state = self.state();
            state.groups += 1;
            state.groups
        };
        let index = self.place.index_of(number);
        let sent = match self.unless_stopped(self.fill(&index, data)).await {
            Some(sent) => sent,
            None => Err(Failure::Cancelled),
        };
        let mut answers = Vec::with_capacity(requests.len());
        for request in requests {
            answers.push(match &sent {
                Err(failure) => Err(failure.clone()),
                Ok(()) if self.cancel.load(Ordering::Relaxed) => Err(Failure::Cancelled),
                Ok(()) => self.answer(request, &index).await,
            });
        }
        let undone = self.lab.clean(Which::Index(&index)).await;
        if let Some((change, Err(error))) = undone.into_iter().find(|(_, result)| result.is_err()) {
            // The next group might see these events: no verdict may rest on that.
            let told = Failure::Target(format!("can't undo: {change}: {error}"));
            for answer in &mut answers {
                *answer = Err(told.clone());
            }
        }
        answers
    }

    /// The outcome of some work, unless the user stops the run before.
    async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        const TICK: Duration = Duration::from_millis(100);
        let mut work = pin!(work);
        loop {
            match tokio::time::timeout(TICK, work.as_mut()).await {
                Ok(outcome) => return Some(outcome),
                Err(_) if self.cancel.load(Ordering::Relaxed) => return None,
                Err(_) => {}
            }
        }
    }

    /// Makes the index and sends all data there.
    async fn fill(&self, index: &str, data: &[Arc<Loaded>]) -> Result<(), Failure> {
        let collector = self
            .collector(index)
            .await
            .map_err(|error| trouble(&error))?;
        if self.place.index.is_some() {
            must_be_empty(self.lab.client(), index)
                .await
                .map_err(|error| trouble(&error))?;
        }
        for dataset in data {
            self.send(index, &collector, dataset).await?;
        }
        Ok(())
    }

    async fn collector(&self, index: &str) -> dryfire_splunk::Result<Collector> {
        prepare(
            &self.lab,
            index,
            self.place.token.as_ref(),
            self.acknowledges,
        )
        .await
    }

    async fn send(
        &self,
        index: &str,
        collector: &Collector,
        data: &Arc<Loaded>,
    ) -> Result<(), Failure> {
        let input = &data.dataset.input;
        let form = self.place.forms.of(&input.sourcetype);
        let meta = Meta {
            index: index.to_owned(),
            host: input.host.to_string(),
            source: input.source.to_string(),
            sourcetype: input.sourcetype.to_string(),
        };
        let announced = self
            .lab
            .announce_events(meta)
            .await
            .map_err(|error| trouble(&error))?;
        let sending = Sending {
            client: self.lab.client(),
            collector,
            scope: Scope {
                index: index.to_owned(),
                host: None,
            },
            form,
            shift: 0,
            rewrite: false,
            skip: 0,
            rate: None,
            cancel: self.cancel,
        };
        let replayed = send::replay(&sending, &announced, &data.dataset, &mut |_| {})
            .await
            .map_err(|error| trouble(&error))?;
        match count_differs(replayed, &input.sourcetype) {
            // A test on other events than those that are meant proves nothing.
            Some(found) => Err(Failure::Undetermined(Box::new(found))),
            None => Ok(()),
        }
    }

    async fn answer(&self, request: &Request<'_, Loaded>, index: &str) -> Result<Answer, Failure> {
        if let Some(given) = request.lookups.first() {
            return Err(Failure::Undetermined(Box::new(
                Diagnostic::error(
                    &codes::dataset::SERVER_MESSAGE,
                    format!(
                        "the test gives rows to the lookup `{}`; a Splunk's lookups are not changed",
                        given.name.value
                    ),
                )
                .help("run this test on the local engine"),
            )));
        }
        let prepared = request.prepared;
        let sources = &self.local.session.sources;
        let text = sources.get(prepared.expanded).text.trim().to_owned();
        if let Some(command) = writes(&text) {
            return Err(Failure::Undetermined(Box::new(
                Diagnostic::error(
                    &codes::dataset::WRITES,
                    format!("`{command}` of the search changes what could not be undone on the server, so it is not run there"),
                )
                .help("run this test on the local engine"),
            )));
        }
        let mut search = Search::new(text.clone(), job_id());
        search.namespace = self.namespace();
        search.blocking = true;
        let Some(ran) = self.unless_stopped(self.client().run(&search)).await else {
            // What can't be ended expires by itself.
            let _ = self.client().cancel(&search.id).await;
            return Err(Failure::Cancelled);
        };
        let (done, rows) = ran.map_err(|error| failure(&error))?;
        if let Some(said) = errors(&done.messages) {
            return Err(Failure::Undetermined(Box::new(Diagnostic::error(
                &codes::dataset::SERVER_MESSAGE,
                format!("the server reports errors, so rows may be missing: {said}"),
            ))));
        }
        let mut notes = proof::notes(&done.messages);
        notes.extend(unclear(&text).map(|why| {
            let told = format!("whether the search writes on the server can't be told: {why}");
            Diagnostic::warning(&codes::dataset::WRITES, told)
        }));
        if rows.is_empty() && !request.data.is_empty() {
            let pipeline = &prepared.pipeline;
            let proof = silence(self.client(), self.namespace(), pipeline, &done, index);
            match proof.await.map_err(|error| failure(&error))? {
                Silence::Proven => {}
                Silence::Assumed(why) => {
                    notes.push(Diagnostic::warning(&codes::meaning::UNCERTAIN_RULE, why))
                }
                Silence::Unseen => {
                    return Err(Failure::Undetermined(Box::new(proof::unseen(index))));
                }
            }
        }
        if let Some(found) = rows::other_index(&rows, index) {
            return Err(Failure::Undetermined(Box::new(found)));
        }
        if self.reader.is_none() {
            notes.push(Diagnostic::warning(
                &codes::meaning::UNCERTAIN_RULE,
                "the account may not make users, so the search saw all that the account sees: events of others may be behind the results",
            ));
        }
        let answer = Answer {
            outcome: Outcome {
                table: rows::table(rows),
                effects: Vec::new(),
                trace: Trace::default(),
                notes,
                assumptions: Vec::new(),
                is_blind: false,
            },
            env: Env::all_time(now()),
        };
        if let (Some(actions), true) = (request.actions, self.enterprise) {
            let expected = self.local.act(&[Triggered {
                answer: &answer,
                actions,
            }]);
            let made = enterprise::produce(self, actions, &text, expected)
                .await
                .map_err(|error| enterprise::failure(&error))?;
            self.state().produced.insert(actions.sid.clone(), made);
        }
        Ok(answer)
    }
}

/// What tells two loaded datasets apart.
fn key(data: &Arc<Loaded>) -> usize {
    Arc::as_ptr(data).addr()
}

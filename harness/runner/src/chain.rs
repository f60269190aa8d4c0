//! What runs before a case: baselines that fill lookups, detections whose risk events and findings it sees. Each step sees
//! what those before it left, and nothing of it outlives the case.
//!
//! A step that did not give what it is there for makes the case undetermined: what the case then finds proves nothing.

use std::sync::Arc;

use dryfire_content::{
    Case, CaseId, DatasetRef, GivenLookup, GivenRows, Spanned, Step, StepSearch, Triggers,
};
use dryfire_diagnostic::{Diagnostic, Severity};
use dryfire_engine::{Effect, Table};
use dryfire_event::{Assumption, CaseFinished, Verdict};
use dryfire_knowledge::LookupTable;

use crate::session::{Prepared, Session};
use crate::target::{Answer, Failure, Request, Target};
use crate::{integration, verdict};

/// What the steps before a case left.
#[derive(Debug)]
pub(crate) struct Chained<D> {
    /// Rows of lookups, over those that the case is given.
    pub(crate) lookups: Vec<GivenLookup>,
    /// Events.
    pub(crate) data: Vec<Arc<D>>,
    assumptions: Vec<Assumption>,
    simulated: Vec<String>,
}

/// Opens a dataset, or says what is wrong with it.
type Open<'o, D> = &'o mut dyn FnMut(&DatasetRef) -> Result<Arc<D>, String>;

impl<D: Send + Sync> Chained<D> {
    /// Runs the steps of a case in their order; or gives the verdict on a case that they leave without ground.
    pub(crate) fn run<T: Target<Data = D>>(
        session: &Session,
        target: &T,
        case: &Case,
        open: Open<'_, D>,
    ) -> Result<Self, Box<CaseFinished>> {
        let mut chained = Self {
            lookups: case.lookups.clone(),
            data: Vec::new(),
            assumptions: Vec::new(),
            simulated: Vec::new(),
        };
        for step in &case.before {
            let name = match &step.search {
                StepSearch::Baseline(at) => {
                    let baseline = session.repository.baselines.get(*at);
                    baseline
                        .map_or_else(String::new, |one| format!("baseline `{}`", one.name.value))
                }
                StepSearch::Detection(one) => format!("detection `{}`", one.name.value),
            };
            let done = chained.step(session, target, case, step, open);
            if let Err(why) = done {
                let sources = &session.sources;
                let verdict = match why {
                    Stopped::Cancelled => Verdict::Cancelled,
                    Stopped::Because(why) => Verdict::undetermined(
                        "step",
                        format!("the {name}, which runs before it, {why}"),
                    ),
                };
                return Err(Box::new(verdict::finished(case, verdict, sources)));
            }
        }
        Ok(chained)
    }

    fn step<T: Target<Data = D>>(
        &mut self,
        session: &Session,
        target: &T,
        case: &Case,
        step: &Step,
        open: Open<'_, D>,
    ) -> Result<(), Stopped> {
        if !target.chains() {
            let why = format!(
                "can't be run on `{}`: steps run on the local engine",
                target.name()
            );
            return Err(Stopped::Because(why));
        }
        let prepared = match &step.search {
            StepSearch::Baseline(at) => session.baselines.get(*at),
            StepSearch::Detection(one) => session.prepared(one),
        };
        let prepared = prepared.ok_or_else(|| because("is not there"))?;
        if let (true, Some(first)) = (prepared.is_broken(), first_error(prepared)) {
            return Err(because(&format!("is not valid: {}", first.message)));
        }
        let mut data = Vec::new();
        for dataset in &step.datasets {
            data.push(open(dataset).map_err(|why| because(&format!("has no data: {why}")))?);
        }
        data.extend(self.data.iter().cloned());
        let request = Request {
            prepared,
            data: &data,
            lookups: &self.lookups,
            trace: false,
            actions: None,
        };
        let answer = target.search(&[request]).pop();
        let answer = answer
            .ok_or_else(|| because("gave no answer"))?
            .map_err(stopped)?;
        let assumed = verdict::assumptions(prepared, &answer.outcome, &session.sources);
        for one in assumed {
            if !self.assumptions.contains(&one) {
                self.assumptions.push(one);
            }
        }
        match &step.search {
            StepSearch::Baseline(_) => self.fill(session, step, &answer),
            StepSearch::Detection(one) => {
                let of_step = Case {
                    id: CaseId(format!("{}/{}", case.id, one.id.value).into()),
                    detection: one.clone(),
                    ..case.clone()
                };
                self.act(session, target, &of_step, &answer)
            }
        }
    }

    /// Applies what a baseline writes.
    fn fill(&mut self, session: &Session, step: &Step, answer: &Answer) -> Result<(), Stopped> {
        let mut filled = false;
        for effect in &answer.outcome.effects {
            let Effect::WriteLookup {
                lookup,
                rows,
                append,
            } = effect
            else {
                return Err(because("writes events, which is not followed here"));
            };
            let known = self
                .lookups
                .iter()
                .position(|one| one.name.value == **lookup);
            let mut table = match (append, known) {
                (false, _) => Rows::default(),
                (true, Some(at)) => Rows::given(&self.lookups[at].rows),
                (true, None) => {
                    let there = session.library.knowledge.lookup(lookup);
                    there
                        .and_then(|there| there.table())
                        .map(Rows::of)
                        .unwrap_or_default()
                }
            };
            table.add(rows);
            let given = GivenLookup {
                name: Spanned {
                    value: lookup.to_string(),
                    span: step.span,
                },
                rows: table.into_given(),
                file: None,
            };
            match known {
                Some(at) => self.lookups[at] = given,
                None => self.lookups.push(given),
            }
            filled |= !rows.is_empty();
        }
        match filled {
            true => Ok(()),
            false => Err(because("wrote no row to a lookup")),
        }
    }

    /// Makes the events that come of a detection's results.
    fn act<T: Target<Data = D>>(
        &mut self,
        session: &Session,
        target: &T,
        case: &Case,
        answer: &Answer,
    ) -> Result<(), Stopped> {
        if Triggers::of(&case.detection, &session.repository).is_nothing() {
            return Err(because("makes neither risk events nor findings"));
        }
        let actions = integration::actions_of(case, session);
        let made = target.events_of(answer, &actions).map_err(stopped)?;
        if made.data.is_empty() {
            return Err(because("found nothing, so that nothing came of it"));
        }
        self.data.extend(made.data.into_iter().map(Arc::new));
        for text in made.assumptions {
            let one = Assumption { text, place: None };
            if !self.assumptions.contains(&one) {
                self.assumptions.push(one);
            }
        }
        for part in made.simulated {
            if !self.simulated.contains(&part) {
                self.simulated.push(part);
            }
        }
        Ok(())
    }

    /// Says in the verdict what it rests on.
    pub(crate) fn tell(&self, finished: &mut CaseFinished, strict: bool) {
        let fresh = self.assumptions.iter();
        let fresh = fresh.filter(|one| !finished.assumptions.contains(one));
        let fresh: Vec<Assumption> = fresh.cloned().collect();
        if let (true, Verdict::Passed, Some(first)) = (strict, &finished.verdict, fresh.first()) {
            finished.verdict = Verdict::undetermined("assumptions", first.text.clone());
        }
        finished.assumptions.extend(fresh);
        for part in &self.simulated {
            if !finished.simulated.contains(part) {
                finished.simulated.push(part.clone());
            }
        }
    }
}

/// Why a step did not do what it is there for.
enum Stopped {
    Cancelled,
    Because(String),
}

fn because(why: &str) -> Stopped {
    Stopped::Because(why.to_owned())
}

fn stopped(failure: Failure) -> Stopped {
    match failure {
        Failure::Cancelled => Stopped::Cancelled,
        Failure::Undetermined(found) => because(&format!("can't be judged: {}", found.message)),
        Failure::Broken(found) => because(&format!("is not valid: {}", found.message)),
        Failure::Budget(what) => because(&format!("used too much: {what}")),
        Failure::Data(why) | Failure::Target(why) => because(&format!("could not run: {why}")),
        Failure::Defect(what) => because(&format!("ran into a defect of dryfire: {what}")),
    }
}

fn first_error(prepared: &Prepared) -> Option<&Diagnostic> {
    let mut all = prepared.diagnostics.iter();
    all.find(|found| found.severity == Severity::Error)
}

/// Rows of a lookup as they grow.
#[derive(Default)]
struct Rows {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Rows {
    fn of(table: &LookupTable) -> Self {
        let rows = (0..table.len()).map(|row| table.row(row).map(str::to_owned).collect());
        Self {
            columns: table.columns().to_vec(),
            rows: rows.collect(),
        }
    }

    fn given(rows: &GivenRows) -> Self {
        match rows {
            GivenRows::Empty => Self::default(),
            GivenRows::Csv(text) => Self::of(&LookupTable::from_csv(text)),
            GivenRows::Rows { columns, rows } => Self {
                columns: columns.clone(),
                rows: rows.clone(),
            },
        }
    }

    fn add(&mut self, table: &Table) {
        for name in table.names() {
            if !self.columns.iter().any(|column| **column == **name) {
                self.columns.push(name.to_string());
            }
        }
        self.rows
            .iter_mut()
            .for_each(|row| row.resize(self.columns.len(), String::new()));
        for row in 0..table.len() {
            let cell = |column: &String| table.value(row, column).to_text().to_string();
            self.rows.push(self.columns.iter().map(cell).collect());
        }
    }

    fn into_given(self) -> GivenRows {
        match self.rows.is_empty() {
            true => GivenRows::Empty,
            false => GivenRows::Rows {
                columns: self.columns,
                rows: self.rows,
            },
        }
    }
}

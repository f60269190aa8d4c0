//! What did not pass when it was last run, for `--rerun failed`: a file for each content repository, in the cache's folder.
//!
//! The file holds the ids of cases. A run takes away those that it ran, and adds those that did not pass, so that a run of
//! some cases forgets nothing of the others.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;

use dryfire_content::selection::stable_hash;
use dryfire_dataset::fetch::Cache;
use dryfire_event::{Event, Verdict};
use dryfire_report::Report;
use dryfire_runner::Session;
use serde_json::{Value, json};

use crate::command::target;

/// What did not pass.
pub(super) struct Last {
    /// Nothing where there is no folder for a cache.
    path: Option<PathBuf>,
    root: String,
    ran: BTreeSet<String>,
    failed: BTreeSet<String>,
}

impl Last {
    /// That of a session's content: of the folder of `dryfire.toml`, or of the repository.
    pub(super) fn of(session: &Session) -> Self {
        let root = session.lock_file.parent().map(|folder| {
            let here = folder.as_os_str().is_empty();
            if here {
                ".".into()
            } else {
                folder.to_path_buf()
            }
        });
        let root = root.unwrap_or_else(|| ".".into());
        let root = root.canonicalize().unwrap_or(root).display().to_string();
        let cache = match &session.datasets.cache {
            Some(folder) => Some(Cache::new(folder)),
            None => Cache::standard(&target::variables),
        };
        let name = format!("{:016x}.json", stable_hash(&root));
        Self {
            path: cache.map(|cache| cache.folder().join("runs").join(name)),
            root,
            ran: BTreeSet::new(),
            failed: BTreeSet::new(),
        }
    }

    /// The ids of the cases that did not pass.
    pub(super) fn read(&self) -> Result<BTreeSet<String>, String> {
        let path = self
            .path
            .as_ref()
            .ok_or("there is no folder for the cache: set XDG_CACHE_HOME")?;
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(format!(
                    "no run of `{}` is known (it would be in `{}`)",
                    self.root,
                    path.display()
                ));
            }
            Err(error) => return Err(format!("can't read `{}`: {error}", path.display())),
        };
        let read: Option<Value> = serde_json::from_str(&text).ok();
        let failed = read.as_ref().and_then(|read| read["failed"].as_array());
        let failed = failed.ok_or_else(|| format!("`{}` is damaged: delete it", path.display()))?;
        Ok(failed
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect())
    }
}

impl Report for Last {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        if let Event::CaseFinished(finished) = event {
            let id = &finished.case.id;
            // One that was not run is as it was.
            if !matches!(finished.verdict, Verdict::Cancelled) {
                self.ran.insert(id.clone());
            }
            let passed = matches!(finished.verdict, Verdict::Passed | Verdict::Skipped { .. });
            if !passed {
                self.failed.insert(id.clone());
            }
        }
        Ok(())
    }

    /// A cache that can't be written fails no run: `--rerun` will say that nothing is known.
    fn finish(&mut self) -> io::Result<()> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let mut failed = self.read().unwrap_or_default();
        failed.retain(|id| !self.ran.contains(id));
        failed.extend(self.failed.iter().cloned());
        let text = format!("{:#}\n", json!({ "root": self.root, "failed": failed }));
        let written = path.with_extension(format!("{}.new", std::process::id()));
        let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
        let _ = folder
            .and_then(|()| fs::write(&written, text))
            .and_then(|()| fs::rename(&written, path));
        Ok(())
    }
}

//! Fetching from a server on this machine that plays each way in which a download can go.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use dryfire_dataset::fetch::{
    Cache, FetchError, Fetched, Fetcher, Headers, Patience, Policy, Problem, Wanted,
};
use dryfire_testkit::{FileServer, Play, Reply, Scripted};

const DATA: &[u8] = b"one event\ntwo events\nthree events\n";
const SUM: &str = "a2f5c7f6a4a2b60e8d7f8b4e0e0e4d8f5a1d3c2b1a0f9e8d7c6b5a4938271605";

struct Here {
    folder: tempfile::TempDir,
    fetcher: Fetcher,
}

fn here(policy: Policy) -> Here {
    let folder = tempfile::tempdir().unwrap();
    let mut fetcher = Fetcher::new(Cache::new(folder.path().join("cache")), policy);
    fetcher.patience = Patience {
        first_wait: Duration::from_millis(1),
        silence: Duration::from_secs(5),
        tries: 3,
        ..Patience::default()
    };
    Here { folder, fetcher }
}

impl Here {
    fn all(&self, wanted: &[Wanted]) -> Vec<Result<Fetched, FetchError>> {
        self.fetcher.fetch(wanted, &AtomicBool::new(false), &|_| {})
    }

    fn one(&self, address: &str) -> Result<Fetched, FetchError> {
        self.all(&[wanted(address, None)]).remove(0)
    }

    /// Files that a download left behind, locks aside.
    fn left(&self) -> usize {
        let partial = self.folder.path().join("cache/partial");
        let names = fs::read_dir(partial).unwrap();
        names
            .filter(|name| {
                let name = name.as_ref().unwrap().file_name();
                !name.to_string_lossy().ends_with(".lock")
            })
            .count()
    }
}

fn wanted(address: &str, sha256: Option<&str>) -> Wanted {
    Wanted {
        address: address.to_owned(),
        sha256: sha256.map(str::to_owned),
    }
}

fn bytes(fetched: &Fetched) -> Vec<u8> {
    fs::read(&fetched.path).unwrap()
}

#[test]
fn a_file_is_fetched_once_and_then_there_without_a_network() {
    let server = FileServer::start(&[("/a.log", DATA, Play::Whole)]);
    let mut here = here(Policy::Fetch);
    let first = here.one(&server.at("/a.log")).unwrap();
    assert_eq!((bytes(&first), first.size), (DATA.to_vec(), 34));
    assert!(first.path.ends_with(&first.sha256) && !first.from_cache);
    here.fetcher.policy = Policy::Offline;
    let second = here.one(&server.at("/a.log")).unwrap();
    assert!(second.from_cache);
    assert_eq!(second.path, first.path);
    assert_eq!(server.requests().len(), 1);
    assert_eq!(here.left(), 0);
}

#[test]
fn offline_means_offline() {
    let server = FileServer::start(&[("/a.log", DATA, Play::Whole)]);
    let wrong = here(Policy::Offline).one(&server.at("/a.log")).unwrap_err();
    assert_eq!(wrong.problem, Problem::NotCached);
    assert_eq!(wrong.category(), "dataset-remote");
    assert!(server.requests().is_empty());
}

#[test]
fn a_slow_file_is_waited_for() {
    let server = FileServer::start(&[("/a.log", DATA, Play::Slow)]);
    let mut here = here(Policy::Fetch);
    // Shorter than the whole answer takes, longer than the pause between two pieces.
    here.fetcher.patience.silence = Duration::from_millis(800);
    assert_eq!(bytes(&here.one(&server.at("/a.log")).unwrap()), DATA);
}

#[test]
fn a_silent_server_is_not_waited_for() {
    let server = Scripted::start(|_| Reply::Silence);
    let mut here = here(Policy::Fetch);
    here.fetcher.patience.silence = Duration::from_millis(100);
    let wrong = here.one(server.url().as_str()).unwrap_err();
    assert!(wrong.to_string().contains("silent"), "{wrong}");
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn what_broke_off_goes_on() {
    let server = FileServer::start(&[("/a.log", DATA, Play::CutOnce(20))]);
    let here = here(Policy::Fetch);
    assert_eq!(bytes(&here.one(&server.at("/a.log")).unwrap()), DATA);
    let asked = server.requests();
    let ranges: Vec<_> = asked.iter().map(|one| one.header("range")).collect();
    assert_eq!(ranges, [None, Some("bytes=20-")]);
    assert!(asked[1].header("if-range").is_some());
}

#[test]
fn what_broke_off_goes_on_in_another_run() {
    let mut times = 0;
    let server = Scripted::start(move |request| {
        times += 1;
        match (times, request.header("range"), request.header("if-range")) {
            (1, ..) => Reply::Pieces {
                status: 200,
                headers: vec![("ETag".into(), "\"1\"".into())],
                promised: DATA.len(),
                body: DATA[..20].to_vec(),
                pause: Duration::ZERO,
            },
            (3, Some("bytes=20-"), Some("\"1\"")) => Reply::Whole {
                status: 206,
                headers: vec![("Content-Range".into(), "bytes 20-33/34".into())],
                body: DATA[20..].to_vec(),
            },
            _ => Reply::status(403),
        }
    });
    let here = here(Policy::Fetch);
    let refused = here.one(server.url().as_str()).unwrap_err();
    assert_eq!(refused.problem, Problem::Refused(403));
    assert_eq!(bytes(&here.one(server.url().as_str()).unwrap()), DATA);
    assert_eq!(here.left(), 0);
}

#[test]
fn an_interrupted_user_is_not_kept_waiting() {
    let server = Scripted::start(|_| Reply::Silence);
    let here = here(Policy::Fetch);
    let cancel = AtomicBool::new(false);
    let asked = [wanted(server.url().as_str(), None)];
    let broken = std::thread::scope(|scope| {
        let running = scope.spawn(|| here.fetcher.fetch(&asked, &cancel, &|_| {}));
        while server.requests().is_empty() {
            std::thread::yield_now();
        }
        cancel.store(true, std::sync::atomic::Ordering::Relaxed);
        running.join().unwrap()
    });
    assert_eq!(broken[0].as_ref().unwrap_err().problem, Problem::Cancelled);
}

#[test]
fn a_file_that_changed_meanwhile_is_fetched_anew() {
    let server = FileServer::start(&[("/a.log", DATA, Play::CutAndChanged(20))]);
    let here = here(Policy::Fetch);
    let found = here.one(&server.at("/a.log")).unwrap();
    let other: Vec<u8> = DATA.iter().rev().copied().collect();
    assert_eq!(bytes(&found), other);
}

#[test]
fn without_a_version_all_is_fetched_anew() {
    let server = FileServer::start(&[("/a.log", DATA, Play::CutOnceForgetful(20))]);
    let here = here(Policy::Fetch);
    assert_eq!(bytes(&here.one(&server.at("/a.log")).unwrap()), DATA);
    assert_eq!(server.requests()[1].header("range"), None);
}

#[test]
fn a_server_that_always_breaks_off_is_given_up() {
    let server = Scripted::start(|_| Reply::Cut {
        promised: 100,
        body: b"abc".to_vec(),
    });
    let wrong = here(Policy::Fetch).one(server.url().as_str()).unwrap_err();
    assert!(matches!(wrong.problem, Problem::Failed { .. }), "{wrong}");
    // The first brings something new; three bring nothing.
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn a_busy_server_is_asked_again() {
    let server = FileServer::start(&[
        ("/a.log", DATA, Play::BusyOnce),
        ("/b.log", DATA, Play::Busy),
    ]);
    let here = here(Policy::Fetch);
    assert_eq!(bytes(&here.one(&server.at("/a.log")).unwrap()), DATA);
    let wrong = here.one(&server.at("/b.log")).unwrap_err();
    assert!(wrong.to_string().contains("after 3 tries"), "{wrong}");
    assert_eq!((server.count("/a.log"), server.count("/b.log")), (2, 3));
}

#[test]
fn what_is_not_there_is_asked_for_once() {
    let server = FileServer::start(&[]);
    let wrong = here(Policy::Fetch).one(&server.at("/a.log")).unwrap_err();
    assert_eq!(wrong.problem, Problem::Refused(404));
    assert_eq!(wrong.category(), "dataset-missing");
    assert_eq!(server.count("/a.log"), 1);
}

#[test]
fn other_data_than_meant_is_not_kept() {
    let server = FileServer::start(&[("/a.log", DATA, Play::Whole)]);
    let mut here = here(Policy::Fetch);
    let address = server.at("/a.log");
    let wrong = here.all(&[wanted(&address, Some(SUM))]).remove(0);
    let wrong = wrong.unwrap_err();
    assert_eq!(wrong.category(), "dataset-checksum");
    assert_eq!(here.left(), 0);
    let right = here.one(&address).unwrap();
    assert!(wrong.to_string().contains(&right.sha256), "{wrong}");
    // What is in the cache is not what is meant.
    here.fetcher.policy = Policy::Offline;
    assert!(here.all(&[wanted(&address, Some(SUM))])[0].is_err());
    let meant = right.sha256.to_ascii_uppercase();
    assert!(here.all(&[wanted(&address, Some(&meant))])[0].is_ok());
}

#[test]
fn what_is_known_by_its_sum_need_not_be_fetched_again() {
    let server = FileServer::start(&[("/a.log", DATA, Play::Whole)]);
    let here = here(Policy::Fetch);
    let first = here.one(&server.at("/a.log")).unwrap();
    let mirror = wanted(&server.at("/mirror/a.log"), Some(&first.sha256));
    assert_eq!(here.all(&[mirror])[0].as_ref().unwrap().path, first.path);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_pointer_leads_to_its_data() {
    let path = "/o/attack_data/raw/master/datasets/a.log";
    let server = FileServer::start(&[
        (path, DATA, Play::Pointer),
        ("/o/lost/raw/master/b.log", b"lost", Play::LostPointer),
        ("/c.log", b"no repository", Play::Pointer),
    ]);
    let here = here(Policy::Fetch);
    let found = here.one(&server.at(path)).unwrap();
    assert_eq!(bytes(&found), DATA);
    assert_eq!(here.one(&server.at(path)).unwrap().path, found.path);
    assert_eq!(server.requests().len(), 3);
    for (path, why) in [
        ("/o/lost/raw/master/b.log", "Object does not exist (404)"),
        ("/c.log", "does not tell which repository"),
    ] {
        let wrong = here.one(&server.at(path)).unwrap_err();
        assert!(wrong.to_string().contains(why), "{wrong}");
    }
    assert_eq!(here.left(), 0);
}

#[test]
fn a_redirect_is_followed() {
    let server = FileServer::start(&[("/a.log", DATA, Play::Moved)]);
    let here = here(Policy::Fetch);
    let found = here.one(&server.at("/a.log")).unwrap();
    assert_eq!(bytes(&found), DATA);
}

#[test]
fn what_is_too_large_is_not_taken() {
    let server = FileServer::start(&[("/a.log", DATA, Play::Whole)]);
    let endless = Scripted::start(|_| Reply::Endless(1 << 20));
    let mut here = here(Policy::Fetch);
    here.fetcher.limit = 33;
    for address in [server.at("/a.log"), endless.url().to_string()] {
        let wrong = here.one(&address).unwrap_err();
        assert_eq!(wrong.problem, Problem::TooLarge(33), "{address}");
    }
}

#[test]
fn a_private_mirror_gets_its_header_and_nobody_else_does() {
    let server = FileServer::start(&[("/a.log", DATA, Play::Private)]);
    let other = FileServer::start(&[("/b.log", DATA, Play::Whole)]);
    let mut here = here(Policy::Fetch);
    let refused = here.one(&server.at("/a.log")).unwrap_err();
    assert_eq!(refused.problem, Problem::Refused(401));
    let host = server.at("").replace("http://", "");
    let line = format!("{} X-Key: t0p", host.trim_end_matches('/'));
    here.fetcher.headers = Headers::parse(&line).unwrap();
    assert_eq!(bytes(&here.one(&server.at("/a.log")).unwrap()), DATA);
    here.one(&other.at("/b.log")).unwrap();
    assert_eq!(other.requests()[0].header("x-key"), None);
}

#[test]
fn a_certificate_that_nobody_signed_is_not_trusted() {
    let server = Scripted::start_tls(|_| Reply::status(200));
    let wrong = here(Policy::Fetch).one(server.url().as_str()).unwrap_err();
    assert!(wrong.to_string().contains("certificate"), "{wrong}");
    assert!(server.requests().is_empty());
}

#[test]
fn secrets_of_an_address_are_not_shown() {
    let wrong = here(Policy::Offline)
        .one("https://user:t0p@x.example/a.log?token=t0p")
        .unwrap_err();
    assert!(!wrong.to_string().contains("t0p"), "{wrong}");
    for address in ["ftp://x.example/a.log", "https://", "a.log"] {
        let wrong = here(Policy::Fetch).one(address).unwrap_err();
        assert!(matches!(wrong.problem, Problem::Address(_)), "{wrong}");
    }
}

#[test]
fn several_come_in_the_order_asked_and_are_told_of() {
    let paths: Vec<String> = (0..6).map(|number| format!("/{number}.log")).collect();
    let datas: Vec<Vec<u8>> = (0..6_u8).map(|number| vec![b'a' + number; 9]).collect();
    let files: Vec<(&str, &[u8], Play)> = paths
        .iter()
        .zip(&datas)
        .map(|(path, data)| (path.as_str(), data.as_slice(), Play::Whole))
        .collect();
    let server = FileServer::start(&files);
    let here = here(Policy::Fetch);
    let asked: Vec<Wanted> = paths
        .iter()
        .map(|path| wanted(&server.at(path), None))
        .collect();
    let told = Mutex::new(Vec::new());
    let found = here.fetcher.fetch(&asked, &AtomicBool::new(false), &|one| {
        told.lock().unwrap().push(one.address.clone());
    });
    for (found, data) in found.iter().zip(&datas) {
        assert_eq!(&bytes(found.as_ref().unwrap()), data);
    }
    let mut told = told.into_inner().unwrap();
    told.sort();
    let addresses: Vec<String> = asked.into_iter().map(|one| one.address).collect();
    assert_eq!(told, addresses);
}

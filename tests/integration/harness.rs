//! Which cases run on which broker, in which version; the tally of those that ran.

use std::cell::RefCell;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use libtest_mimic::{Arguments, Trial};
use stomp_shell::broker::{Broker as Embedded, BrokerConfig, RunningBroker};
use stomp_shell::protocol::Version;

use crate::brokers::{BROKERS, Broker, Need, Part};
use crate::on::On;

/// A case, to be run on each broker that can.
#[derive(Clone)]
pub struct Case {
    name: &'static str,
    run: fn(&On),
    needs: Vec<Need>,
    in_each_version: bool,
    since: Version,
    on: Option<&'static str>,
}

/// A case out of a function that takes [`On`], or of an async one.
#[macro_export]
macro_rules! case {
    (async $function:ident) => {
        $crate::harness::Case::new(concat!(module_path!(), "::", stringify!($function)), |on| {
            on.block_on($function(on));
        })
    };
    ($function:ident) => {
        $crate::harness::Case::new(concat!(module_path!(), "::", stringify!($function)), $function)
    };
}

impl Case {
    pub fn new(path: &'static str, run: fn(&On)) -> Self {
        let name = path.split_once("::").map_or(path, |(_, name)| name);
        Self { name, run, needs: Vec::new(), in_each_version: false, since: Version::V1_0, on: None }
    }

    /// What it takes for granted.
    pub fn needs(mut self, needs: &[Need]) -> Self {
        self.needs.extend(needs);
        self
    }

    /// Once in each version that the broker speaks; else in the one that is agreed on.
    pub fn in_each_version(mut self) -> Self {
        self.in_each_version = true;
        self
    }

    /// Not in the versions before this one.
    pub fn since(mut self, version: Version) -> Self {
        self.since = version;
        self
    }

    /// On this broker alone.
    pub fn only_on(mut self, broker: &'static str) -> Self {
        self.on = Some(broker);
        self
    }

    fn fits(&self, broker: &Broker) -> bool {
        self.on.is_none_or(|name| name == broker.name)
            && self.needs.iter().all(|need| broker.lacks(*need).is_none())
    }
}

/// What STOMP_TEST_BROKERS asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    WhatIsThere,
    Required,
    All,
}

impl Wanted {
    fn from_environment() -> Self {
        match std::env::var("STOMP_TEST_BROKERS").as_deref() {
            Err(_) | Ok("") => Self::WhatIsThere,
            Ok("required") => Self::Required,
            Ok("all") => Self::All,
            Ok(other) => panic!("STOMP_TEST_BROKERS is '{other}'; it may be 'required' or 'all'"),
        }
    }
}

/// Where a broker is.
enum Place {
    There(String),
    /// Left out; its cases count as ignored.
    Absent,
    /// Its cases fail.
    Missing,
}

fn place(broker: &Broker, wanted: Wanted) -> Option<Place> {
    if broker.part == Part::Always {
        return Some(Place::There(embedded().url().unwrap()));
    }
    if broker.part == Part::Asked && wanted != Wanted::All {
        return None;
    }
    Some(match std::env::var(broker.variable) {
        Ok(url) if !url.is_empty() => Place::There(url),
        _ if wanted == Wanted::WhatIsThere => Place::Absent,
        _ => Place::Missing,
    })
}

/// The embedded broker inside of this process, on a thread of its own.
pub fn embedded() -> &'static RunningBroker {
    static BROKER: OnceLock<RunningBroker> = OnceLock::new();
    BROKER.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = Box::leak(Box::new(runtime.unwrap()));
        let config = BrokerConfig { listen: vec![([127, 0, 0, 1], 0).into()], ..BrokerConfig::default() };
        runtime.block_on(async { Embedded::bind(config).await.unwrap().spawn() })
    })
}

thread_local! {
    /// What the last panic of this thread said, and where it was.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs the cases that the command line names; ends the process.
pub fn main(cases: &[Case]) -> ! {
    let mut arguments = Arguments::from_args();
    std::panic::set_hook(Box::new(|panic| PANIC.set(panic.to_string())));
    // A case waits for its broker more than it works.
    arguments.test_threads.get_or_insert(8);
    let wanted = Wanted::from_environment();
    let mut trials = Vec::new();
    for broker in BROKERS {
        let Some(place) = place(broker, wanted) else { continue };
        if matches!(place, Place::Absent) && !arguments.list {
            eprintln!("{} is not set: no case runs on {}", broker.variable, broker.name);
        }
        for case in cases.iter().filter(|case| case.fits(broker)) {
            let versions: Vec<Option<Version>> = if case.in_each_version {
                broker.versions.iter().copied().filter(|version| *version >= case.since).map(Some).collect()
            } else if broker.versions.iter().any(|version| *version >= case.since) {
                vec![None]
            } else {
                Vec::new()
            };
            for version in versions {
                trials.push(trial(case, broker, version, &place));
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit()
}

fn trial(case: &Case, broker: &'static Broker, version: Option<Version>, place: &Place) -> Trial {
    let in_version = version.map_or(String::new(), |version| format!("::stomp_{version}"));
    let name = format!("{}::{}{in_version}", broker.name, case.name);
    let tallied = name.clone();
    let run = case.run;
    let url = match place {
        Place::There(url) => Some(url.clone()),
        Place::Absent | Place::Missing => None,
    };
    Trial::test(name, move || {
        let Some(url) = url else {
            return Err(format!("{} is not set, and {} is wanted", broker.variable, broker.name).into());
        };
        // A panic is the failure of one case; where it was is part of what there is to say.
        let case = AssertUnwindSafe(|| run(&On::new(broker, url, version)));
        if catch_unwind(case).is_err() {
            return Err(PANIC.take().into());
        }
        tally(broker, &tallied);
        Ok(())
    })
    .with_ignored_flag(matches!(place, Place::Absent))
}

/// Takes note of a case that ran to its end.
fn tally(broker: &Broker, case: &str) {
    let Some(file) = std::env::var_os("STOMP_TEST_TALLY").filter(|file| !file.is_empty()) else { return };
    let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
    file.write_all(format!("{} {case}\n", broker.name).as_bytes()).unwrap();
}

//! What a case has in hand: a broker, a version, queues of its own, clients, the program.

use std::ffi::OsStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use stomp_shell::client::{ClientOptions, Target};
use stomp_shell::protocol::{Frame, Verb, Version};
use stomp_shell::session::ReceiptPolicy;
use stomp_shell::transport::parse_list;

use crate::brokers::{Broker, Naming, Need};
use crate::figures::{self, Figures};
use crate::held::Held;
use crate::support::stomp::{DEADLINE, Stomp};
use crate::talk::Talk;

/// A broker, and the version to speak with it.
pub struct On {
    pub broker: &'static Broker,
    /// Without its login, which a command line does not show (the program warns of that).
    pub url: String,
    /// The user and the password that the broker wants, if any.
    pub login: Option<(String, String)>,
    /// The version that is offered; `None`: all.
    pub version: Option<Version>,
    runtime: tokio::runtime::Runtime,
}

impl On {
    pub fn new(broker: &'static Broker, url: String, version: Option<Version>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (url, login) = without_login(url);
        Self { broker, url, login, version, runtime }
    }

    /// Runs a case of the library.
    pub fn block_on<T>(&self, case: impl Future<Output = T>) -> T {
        self.runtime.block_on(async {
            tokio::time::timeout(DEADLINE, case).await.unwrap_or_else(|_| panic!("it hangs"))
        })
    }

    /// The version that is spoken.
    pub fn spoken(&self) -> Version {
        self.version.unwrap_or(*self.broker.versions.last().unwrap())
    }

    /// A queue of this test's own.
    pub fn queue(&self) -> Destination<'_> {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let queue = self.destination(self.broker.queues, &ONE_AT_A_TIME);
        if queue.guard.is_some() {
            // This may be called on a runtime, which cannot run another.
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    let mut on = Self::new(self.broker, self.url.clone(), None);
                    on.login.clone_from(&self.login);
                    on.block_on(
                        Destination { on: &on, name: queue.name.clone(), guard: None, _held: None }
                            .take_over(),
                    );
                });
            });
        }
        queue
    }

    /// A topic of this test's own.
    pub fn topic(&self) -> Destination<'_> {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        self.destination(self.broker.topics, &ONE_AT_A_TIME)
    }

    fn destination(&self, naming: Naming, one_at_a_time: &'static Mutex<()>) -> Destination<'_> {
        let any = |prefix| format!("{prefix}test-{}", uuid::Uuid::new_v4());
        let (name, guard, held) = match naming {
            Naming::Any(prefix) => (any(prefix), None, None),
            Naming::Held(prefix, headers) => {
                let name = any(prefix);
                let held = Held::new(self, &name, headers);
                (name, None, Some(held))
            }
            Naming::One(name) => {
                let guard = one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
                (name.to_owned(), Some(guard), None)
            }
        };
        Destination { on: self, name, guard, _held: held }
    }

    /// The URL with the login in it, for where it can be given in no other way.
    pub fn url_with_login(&self) -> String {
        let Some((user, password)) = &self.login else { return self.url.clone() };
        self.url.replace("://", &format!("://{user}:{password}@"))
    }

    /// How a client connects: the URL, and the version where the case is about one.
    pub fn options(&self) -> ClientOptions {
        self.options_to(&self.url)
    }

    /// The same, by another URL.
    pub fn options_to(&self, url: &str) -> ClientOptions {
        let mut options = ClientOptions::new(Target::Remote(parse_list(url).unwrap()));
        options.connect.versions = self.version.into_iter().collect();
        if self.broker.lacks(Need::Receipts).is_some() {
            options.receipts = ReceiptPolicy::Never;
        }
        if let Some((user, password)) = &self.login {
            options.connect.login = Some(user.clone());
            options.connect.passcode = Some(password.clone().into_bytes());
        }
        options
    }

    /// A client that is connected.
    pub async fn client(&self) -> Talk {
        Talk::connect(self, self.options()).await
    }

    /// The program, with the login that the broker wants, but not told where the broker is.
    pub fn program<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Stomp {
        let stomp = Stomp::new(arguments)
            .unheard(self.broker.warnings)
            .in_any_order(self.broker.lacks(Need::Order).is_some());
        let stomp = match self.broker.lacks(Need::Receipts) {
            None => stomp,
            Some(_) => stomp.env("STOMP_RECEIPTS", "never"),
        };
        match &self.login {
            None => stomp,
            Some((user, password)) => stomp.env("STOMP_USER", user).env("STOMP_PASSWORD", password),
        }
    }

    /// What was sent without a transaction, as [`super::talk::Talk::bodies`] gives it.
    pub fn as_sent(&self, mut bodies: Vec<String>) -> Vec<String> {
        if self.broker.lacks(Need::Order).is_some() {
            bodies.sort();
        }
        bodies
    }

    /// What was sent in transactions; sorted, where the broker does not keep it in order.
    pub fn in_order(&self, mut bodies: Vec<String>) -> Vec<String> {
        if [Need::Order, Need::OrderInTransactions].iter().any(|need| self.broker.lacks(*need).is_some()) {
            bodies.sort();
        }
        bodies
    }

    /// The program, told where the broker is.
    pub fn stomp<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Stomp {
        let stomp = self.program(["-s", &self.url]);
        let version = self.version.map(|version| ["--protocol", version.as_str()]);
        stomp.args(version.iter().flatten()).args(arguments)
    }
}

/// A URL without the login in it, and the login.
fn without_login(url: String) -> (String, Option<(String, String)>) {
    let parts = url.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?)));
    let Some((scheme, (login, rest))) = parts else { return (url, None) };
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    (format!("{scheme}://{rest}"), Some((user.to_owned(), password.to_owned())))
}

/// `1\n2\n…`, as seq prints it.
pub fn sequence(numbers: std::ops::RangeInclusive<u32>) -> String {
    lines(numbers, |number| number.to_string())
}

/// A line for each number.
pub fn lines(numbers: std::ops::RangeInclusive<u32>, line: impl Fn(u32) -> String) -> String {
    numbers.fold(String::new(), |lines, number| lines + &line(number) + "\n")
}

/// A queue or a topic that is a test's own, and gone with it where the broker can do that.
pub struct Destination<'a> {
    on: &'a On,
    pub name: String,
    guard: Option<MutexGuard<'static, ()>>,
    _held: Option<Held>,
}

impl Destination<'_> {
    /// A message for it.
    pub fn message(&self, body: impl Into<bytes::Bytes>) -> Frame {
        Frame::new(Verb::Send).with("destination", self.name.as_str()).body(body)
    }

    /// Waits until so many messages wait in it and none is given out.
    pub async fn settles_at(&self, waiting: u64) {
        self.comes_to(&format!("{waiting} waiting"), |now| now == Figures { waiting, unsettled: 0 }).await;
    }

    /// Waits until no message is given out.
    pub async fn settles(&self) {
        self.comes_to("none given out", |now| now.unsettled == 0).await;
    }

    async fn comes_to(&self, what: &str, wanted: impl Fn(Figures) -> bool) {
        let mut last = None;
        let reached = async {
            loop {
                // Where nobody tells, what is left tells on its own.
                let Some(now) = figures::of(self.on, &self.name).await else { return };
                if wanted(now) {
                    return;
                }
                last = Some(now);
                tokio::time::sleep(figures::PAUSE).await;
            }
        };
        let in_time = tokio::time::timeout(DEADLINE / 2, reached).await;
        assert!(in_time.is_ok(), "{} should have {what}, and has {last:?}", self.name);
    }

    /// Takes off what the test before has left, and waits until its subscriptions are gone: as long
    /// as one is there, messages do not come in order.
    async fn take_over(&self) {
        self.rest().await;
        let numbers = ["1", "2", "3", "4", "5", "6"];
        loop {
            let mut talk = self.on.client().await;
            talk.subscribe_auto(&self.name).await;
            for number in numbers {
                talk.send(self.message(number)).await;
            }
            let came = talk.bodies(numbers.len()).await;
            talk.client.unsubscribe(&self.name, false).await.unwrap();
            talk.leave().await;
            if came == numbers {
                return;
            }
        }
    }

    /// All that waits in it, taken off; the end is a message sent behind the others.
    pub async fn rest(&self) -> Vec<Frame> {
        const END: &[u8] = b"that was the last one";
        if self.on.broker.lacks(Need::Order).is_some() {
            return self.rest_by_figures().await;
        }
        let mut talk = self.on.client().await;
        talk.send(self.message(END)).await;
        talk.subscribe_auto(&self.name).await;
        let mut all = Vec::new();
        loop {
            let message = talk.message().await;
            if message.body == END {
                talk.client.unsubscribe(&self.name, false).await.unwrap();
                talk.leave().await;
                return all;
            }
            all.push(message);
        }
    }

    /// The same, where that message may overtake the others.
    async fn rest_by_figures(&self) -> Vec<Frame> {
        self.settles().await;
        let figures = figures::of(self.on, &self.name).await;
        let waiting = figures.expect("an unordered broker tells how deep its queues are").waiting;
        let mut talk = self.on.client().await;
        talk.subscribe_auto(&self.name).await;
        let mut all = Vec::new();
        for _ in 0..waiting {
            all.push(talk.message().await);
        }
        talk.client.unsubscribe(&self.name, false).await.unwrap();
        talk.leave().await;
        all
    }
}

impl AsRef<OsStr> for Destination<'_> {
    fn as_ref(&self) -> &OsStr {
        self.name.as_ref()
    }
}

impl Drop for Destination<'_> {
    fn drop(&mut self) {
        figures::delete(self.on, &self.name);
    }
}

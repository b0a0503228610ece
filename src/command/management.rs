//! What RabbitMQ's management says of queues.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Result;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{ClientOptions, Status};
use crate::command::exit::Problem;
use crate::transport::http::{HttpError, HttpResponse, HttpUrl, get, segment};
use crate::transport::{DialErrorKind, Endpoint, Secret};

/// The figures of a queue that a broker reports.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Figures {
    pub(crate) name: String,
    /// The number of messages that wait; `None` if the broker does not say.
    pub(crate) size: Option<u64>,
    /// The same of subscribers.
    pub(crate) consumers: Option<u64>,
}

/// The port of RabbitMQ's management unless it is configured.
const PORT: u16 = 15672;

/// The longest time without a byte of an answer.
const SILENCE: Duration = Duration::from_secs(5);

/// A queue in the answer of RabbitMQ's management. Only the name must be there; what else is missing or of another type is
/// not known.
#[derive(Debug, Deserialize)]
struct QueueAnswer {
    name: String,
    /// Missing where the broker is too old to count without its statistics.
    #[serde(default)]
    messages: Value,
    #[serde(default)]
    consumers: Value,
    #[serde(default)]
    durable: Value,
    #[serde(default)]
    auto_delete: Value,
    /// `null` for quorum queues and streams.
    #[serde(default)]
    exclusive: Value,
    #[serde(default)]
    arguments: Value,
}

/// A consumer; of no interest but for its queue.
#[derive(Debug, Deserialize)]
struct ConsumerAnswer {
    queue: QueueName,
}

#[derive(Debug, Deserialize)]
struct QueueName {
    name: String,
}

/// A number of messages or subscribers, if it is one. While a broker settles messages, it may be below zero for a moment.
pub(super) fn count(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_i64().map(|below| below.max(0).unsigned_abs()))
}

pub(crate) struct Management {
    url: HttpUrl,
    /// Whether the user gave its address, so that a failure to reach it is an error.
    given: bool,
    user: String,
    password: Secret,
    vhost: String,
    options: ClientOptions,
}

impl Management {
    /// That of the broker which a connection leads to, with the connection's login and vhost.
    pub(crate) fn of(options: ClientOptions, status: &Status, url: Option<&HttpUrl>) -> Result<Self> {
        let Some(at) = &status.at else {
            return Err(Problem::usage("this broker has no management").into());
        };
        let given = url.is_some();
        let url = url.cloned().unwrap_or_else(|| HttpUrl {
            tls: false,
            host: at.host.clone(),
            port: PORT,
            prefix: String::new(),
        });
        let passcode = options.connect.passcode.as_ref();
        let passcode = passcode.map(|passcode| Secret::new(String::from_utf8_lossy(passcode)));
        let (user, password) = match (at.user.clone(), passcode.or_else(|| at.password.clone())) {
            (Some(user), password) => (user, password.unwrap_or_else(|| Secret::new(""))),
            // What a stock one has, which it takes from its own machine alone.
            (None, _) if is_loopback(&url) => ("guest".to_owned(), Secret::new("guest")),
            (None, _) => {
                let hint = "give it with -U USER and -W; it is the one of STOMP";
                return Err(Problem::usage_hint(format!("{url} wants a login"), hint).into());
            }
        };
        if !given && at.scheme.is_tls() && !is_loopback(&url) {
            // A login that went encrypted is not sent in clear text because nobody thought of it.
            let hint = format!("--management https://{}:15671 says where it is", at.host);
            let message =
                "the connection is encrypted, and where RabbitMQ's management is so too is not known";
            return Err(Problem::usage_hint(message, hint).into());
        }
        let vhost = at.vhost.clone().unwrap_or_else(|| "/".to_owned());
        Ok(Self { url, given, user, password, vhost, options })
    }

    pub(crate) async fn queues(&self) -> Result<Vec<Figures>> {
        let vhost = segment(&self.vhost);
        let asking = async {
            let path = format!("/api/queues/{vhost}");
            // In this way it looks at the queues themselves, and not at figures of some seconds ago.
            let exact = format!("{path}?disable_stats=true&enable_queue_totals=true");
            let mut queues: Vec<QueueAnswer> = self.read_list(&self.get(&exact).await?)?;
            // Of streams, and of all queues where it is old, it tells the number of messages only by its statistics.
            if queues.iter().any(|queue| count(&queue.messages).is_none()) {
                let counted: Vec<QueueAnswer> = self.read_list(&self.get(&path).await?)?;
                let mut counts: HashMap<_, _> =
                    counted.into_iter().map(|queue| (queue.name, queue.messages)).collect();
                for queue in queues.iter_mut().filter(|queue| count(&queue.messages).is_none()) {
                    queue.messages = counts.remove(&queue.name).unwrap_or_default();
                }
            }
            let consumers: Vec<ConsumerAnswer> =
                self.read_list(&self.get(&format!("/api/consumers/{vhost}")).await?)?;
            Ok::<_, anyhow::Error>((queues, consumers))
        };
        let (queues, consumers) = self.explained(asking.await)?;
        let mut counts: HashMap<&str, u64> = HashMap::new();
        for consumer in &consumers {
            *counts.entry(&consumer.queue.name).or_default() += 1;
        }
        let figures = |queue: &QueueAnswer| Figures {
            name: destination(queue),
            size: count(&queue.messages),
            consumers: Some(counts.get(queue.name.as_str()).copied().unwrap_or_default()),
        };
        Ok(queues.iter().map(figures).collect())
    }

    /// `None` if there is no such queue.
    pub(crate) async fn queue(&self, destination: &str) -> Result<Option<Figures>> {
        let Some(name) = name(destination) else {
            let hint = "a queue is /queue/NAME or /amq/queue/NAME here";
            return Err(Problem::usage_hint(format!("'{destination}' is no queue"), hint).into());
        };
        // Asked for one queue, it tells what its statistics knew some seconds ago.
        let found = |queue: &Figures| self::name(&queue.name).as_ref() == Some(&name);
        Ok(self.queues().await?.into_iter().find(found))
    }

    /// Whether a queue is deleted, with its messages, when a subscriber ends that comes now. Of the other subscribers, it
    /// tells those of some seconds ago.
    pub(crate) async fn is_deleted_after_use(&self, destination: &str) -> Result<bool> {
        let queue = self.properties(destination).await?;
        Ok(queue.auto_delete == true && count(&queue.consumers).unwrap_or_default() == 0)
    }

    /// Whether a queue is a stream, from which nothing is consumed.
    pub(crate) async fn is_stream(&self, destination: &str) -> Result<bool> {
        Ok(self.properties(destination).await?.arguments["x-queue-type"] == "stream")
    }

    async fn properties(&self, destination: &str) -> Result<QueueAnswer> {
        let name = name(destination).unwrap_or_default();
        let path = format!("/api/queues/{}/{}", segment(&self.vhost), segment(&name));
        Ok(serde_json::from_slice(&self.get(&path).await?.body)?)
    }

    async fn get(&self, path: &str) -> Result<HttpResponse, HttpError> {
        get(&self.url, path, Some((&self.user, &self.password)), &self.options.dial, SILENCE).await
    }

    /// Reads a list. What cannot be read of it is left out, unless that is all of it.
    fn read_list<T: for<'a> Deserialize<'a>>(&self, answer: &HttpResponse) -> Result<Vec<T>> {
        let url = &self.url;
        match answer.status {
            200 => {
                let read = serde_json::from_slice(&answer.body).and_then(|list: Vec<Value>| {
                    let (read, wrong): (Vec<_>, Vec<_>) =
                        list.into_iter().map(serde_json::from_value).partition(Result::is_ok);
                    match wrong.into_iter().find_map(Result::err).filter(|_| read.is_empty()) {
                        Some(error) => Err(error),
                        None => Ok(read.into_iter().flatten().collect()),
                    }
                });
                read.map_err(|error| {
                    let hint = "--management URL says where RabbitMQ's management is";
                    if error.is_data() {
                        let message =
                            format!("RabbitMQ's management at {url} answered with unexpected JSON: {error}");
                        return Problem::Unexpected { message, hint: hint.to_owned() }.into();
                    }
                    Problem::usage_hint(format!("{url} is no management of RabbitMQ: {error}"), hint).into()
                })
            }
            401 | 403 => Err(Problem::Denied {
                message: format!("RabbitMQ's management at {url} refused the login of '{}'", self.user),
                hint: "the user needs the tag 'management' there: rabbitmqctl set_user_tags USER management"
                    .to_owned(),
            }
            .into()),
            404 => {
                let message = format!("RabbitMQ's management at {url} knows no vhost '{}'", self.vhost);
                Err(Problem::usage_hint(message, "--management URL says where the right one is").into())
            }
            status => {
                let message = format!("RabbitMQ's management at {url} answered with HTTP status {status}");
                Err(Problem::Unexpected { message, hint: "its log says more".to_owned() }.into())
            }
        }
    }

    /// Says what to do about an error of the connection to the management.
    fn explained<T>(&self, asked: Result<T>) -> Result<T> {
        let reason = match asked {
            Err(error) => match error.downcast_ref::<HttpError>() {
                Some(HttpError::Dial(refused)) if refused.kind() == DialErrorKind::NotTrusted => {
                    let message = format!("RabbitMQ's management at {} is not trusted: {refused}", self.url);
                    let hint = "--cafile FILE names the authority that it is certified by".to_owned();
                    return Err(Problem::Denied { message, hint }.into());
                }
                Some(failed) => failed.to_string(),
                None => return Err(error),
            },
            done => return done,
        };
        let hint = if self.given {
            "is it on? 'rabbitmq-plugins enable rabbitmq_management' switches it on"
        } else {
            "is it on ('rabbitmq-plugins enable rabbitmq_management'), and on this port? --management URL, of 'stomp' and of 'connect', names another"
        };
        let message = format!(
            "RabbitMQ tells how deep its queues are by its management alone, and {} does not answer: {reason}",
            self.url
        );
        Err(Problem::Unanswered { message, hint: hint.to_owned() }.into())
    }
}

fn is_loopback(url: &HttpUrl) -> bool {
    Endpoint::new(crate::transport::Scheme::Stomp, url.host.clone(), Some(url.port)).is_loopback()
}

/// The name of the queue for a destination of STOMP; `None` if the destination is no queue.
fn name(destination: &str) -> Option<String> {
    let name = destination.strip_prefix("/queue/").or_else(|| destination.strip_prefix("/amq/queue/"));
    // RabbitMQ decodes nothing else. A bare name is as good.
    let name = name.or_else(|| (!destination.starts_with('/')).then_some(destination))?;
    Some(name.replace("%2F", "/"))
}

/// By which destination STOMP reaches a queue: /queue/ declares it durable and without arguments, and where it is not
/// so, that is refused.
fn destination(queue: &QueueAnswer) -> String {
    let is = |property: &Value| *property == true;
    let classic = |(name, value): (&String, &Value)| name == "x-queue-type" && value == "classic";
    let is_bare = queue.arguments.as_object().is_none_or(|arguments| arguments.iter().all(classic));
    let plain = is(&queue.durable) && !is(&queue.auto_delete) && !is(&queue.exclusive) && is_bare;
    let prefix = if plain { "/queue/" } else { "/amq/queue/" };
    format!("{prefix}{}", queue.name.replace('/', "%2F"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_have_the_destinations_by_which_stomp_reaches_them() {
        let queue = |name: &str, durable: bool| QueueAnswer {
            name: name.to_owned(),
            messages: Value::Null,
            consumers: Value::Null,
            durable: durable.into(),
            auto_delete: false.into(),
            exclusive: false.into(),
            arguments: serde_json::json!({}),
        };
        assert_eq!(destination(&queue("a", true)), "/queue/a");
        assert_eq!(destination(&queue("a/b", false)), "/amq/queue/a%2Fb");
        let with = |arguments| QueueAnswer { arguments, ..queue("a", true) };
        assert_eq!(destination(&with(serde_json::json!({"x-queue-type": "classic"}))), "/queue/a");
        assert_eq!(destination(&with(serde_json::json!({"x-message-ttl": 1}))), "/amq/queue/a");
        for odd in ["a", "a/b", "50%", "50%25", "a b", "%C3%BC", "q?x#y"] {
            assert_eq!(name(&destination(&queue(odd, true))).as_deref(), Some(odd));
        }
        assert_eq!(name("/queue/a%20b%").as_deref(), Some("a%20b%"));
        assert_eq!(name("/topic/a"), None);
        assert_eq!(name("a").as_deref(), Some("a"));
    }
}

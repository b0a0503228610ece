//! The owner between two connections: pauses, tries, and what is asked for meanwhile.

use super::connect::{Established, establish};
use super::link::Link;
use super::request::Request;
use super::task::Task;
use super::{ClientError, Event};

impl Task {
    /// Hands an event on, whatever waits before it.
    pub(super) async fn announce(&mut self, event: Event) {
        self.reserving = None;
        self.backlog.push_back(event);
        while let Some(event) = self.backlog.pop_front() {
            if self.events.send(event).await.is_err() {
                self.backlog.clear();
            }
        }
    }

    /// Tries until there is a connection, with pauses that grow.
    pub(super) async fn reconnect(&mut self) -> Result<Link, ClientError> {
        loop {
            let pause = self.backoff.pause();
            self.serve_while(tokio::time::sleep(pause)).await?;
            let options = self.options.clone();
            match self.serve_while(establish(&options)).await? {
                Ok(established) => {
                    self.connected_again(&established)?;
                    let Established { link, connected, .. } = established;
                    self.announce(Event::Connected(connected)).await;
                    return Ok(link);
                }
                Err(error) if error.may_retry() => {
                    let pause = self.backoff.peek();
                    self.announce(Event::Retry { error, pause }).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Does some work, and serves requests meanwhile; an error where the connection is not wanted any
    /// more.
    async fn serve_while<T>(&mut self, work: impl Future<Output = T>) -> Result<T, ClientError> {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                request = self.requests.recv(), if !self.is_abandoned() => match request {
                    None => {}
                    Some(Request::Disconnect { reply }) => {
                        self.goodbye = Some(reply);
                        return Err(ClientError::NotConnected);
                    }
                    Some(request) => self.serve_unconnected(request),
                },
            }
        }
    }

    /// Requests fail at once while there is no connection, but for those that wait for one: bulks,
    /// and with `--reconnect` subscriptions and large bodies.
    fn serve_unconnected(&mut self, request: Request) {
        let patient = self.options.reconnect.is_some_and(|policy| policy.resend);
        match request {
            Request::Bulk { .. } => self.waiting.push_back(request),
            Request::Subscribe { .. } | Request::SendStream { .. } if patient => {
                self.waiting.push_back(request);
            }
            Request::StopBulk { now } => {
                self.stop_bulk(now);
                for request in std::mem::take(&mut self.waiting) {
                    match request {
                        Request::Bulk { .. } => request.fail(ClientError::NotConnected),
                        other => self.waiting.push_back(other),
                    }
                }
            }
            Request::Status { reply } => drop(reply.send(Ok(self.status()))),
            request => request.fail(ClientError::NotConnected),
        }
    }
}

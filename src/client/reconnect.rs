//! The task between two connections: pauses, attempts, and the requests that come meanwhile.

use super::connect::{Established, establish};
use super::framed_stream::FramedStream;
use super::request::ClientRequest;
use super::task::Task;
use super::{ClientError, Event};

impl Task {
    /// Sends an event behind the backlog, and waits until the channel has room for all of it, or DISCONNECT is asked for:
    /// whoever does that receives events no longer. Other requests are queued meanwhile.
    pub(super) async fn announce(&mut self, event: Event) {
        self.event_permit = None;
        self.backlog.push_back(event);
        while !self.backlog.is_empty() {
            if self.is_asked_to_leave() {
                self.backlog.clear();
                return;
            }
            tokio::select! {
                biased;
                permit = self.events.reserve() => match (permit, self.backlog.pop_front()) {
                    (Ok(permit), Some(event)) => permit.send(event),
                    _ => self.backlog.clear(),
                },
                request = self.requests.recv(), if !self.is_abandoned() => match request {
                    Some(ClientRequest::Status { reply }) => drop(reply.send(Ok(self.status()))),
                    request => self.queued.extend(request),
                },
            }
        }
    }

    /// Tries to connect, with growing pauses, until it succeeds or an attempt fails for good.
    pub(super) async fn reconnect(&mut self) -> Result<FramedStream, ClientError> {
        loop {
            let pause = self.backoff.pause();
            self.serve_while(tokio::time::sleep(pause)).await?;
            if let Some(refresh) = self.options.refresh.clone() {
                refresh(&mut self.options);
            }
            let options = self.options.clone();
            match self.serve_while(establish(&options)).await? {
                Ok(established) => {
                    self.connected_again(&established)?;
                    let Established { stream, connected, .. } = established;
                    self.announce(Event::Connected(connected)).await;
                    return Ok(stream);
                }
                Err(error) if error.may_retry() => {
                    let pause = self.backoff.peek();
                    self.announce(Event::Retry { error, pause }).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits for `work` and serves requests meanwhile. DISCONNECT ends the wait with an error.
    async fn serve_while<T>(&mut self, work: impl Future<Output = T>) -> Result<T, ClientError> {
        let mut work = std::pin::pin!(work);
        while !self.is_asked_to_leave() {
            tokio::select! {
                done = &mut work => return Ok(done),
                request = self.requests.recv(), if !self.is_abandoned() => match request {
                    None => {}
                    Some(request) => self.serve_unconnected(request),
                },
            }
        }
        Err(ClientError::NotConnected)
    }

    /// Fails a request at once, except those that wait for a connection: bulks, and with `--reconnect` subscriptions and
    /// large bodies.
    fn serve_unconnected(&mut self, request: ClientRequest) {
        let waits = self.options.reconnect.is_some_and(|policy| policy.resend);
        match request {
            ClientRequest::Bulk { .. } | ClientRequest::Disconnect { .. } => self.queued.push_back(request),
            ClientRequest::Subscribe { .. } | ClientRequest::SendStream { .. } if waits => {
                self.queued.push_back(request);
            }
            ClientRequest::StopBulk { now } => {
                self.stop_bulk(now);
                for request in std::mem::take(&mut self.queued) {
                    match request {
                        ClientRequest::Bulk { .. } => request.fail(self.not_connected()),
                        other => self.queued.push_back(other),
                    }
                }
            }
            ClientRequest::Unsubscribe { name, durable: false, reply } => {
                let ended = self.session.unsubscribe_unconnected(&name);
                drop(reply.send(ended.map_err(ClientError::from)));
            }
            ClientRequest::Status { reply } => drop(reply.send(Ok(self.status()))),
            ClientRequest::SetReceipts(policy) => self.set_receipts(policy),
            request => request.fail(self.not_connected()),
        }
    }
}

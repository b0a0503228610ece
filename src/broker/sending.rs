//! SEND.

use crate::protocol::FrameRef;

use super::destination::rename_temporary;
use super::error_frame::{ErrorFrame, FrameResult};
use super::figures::requested_figures;
use super::keys::{ConnectionKey, MessageId};
use super::message::{MessageRef, SendHeaders, compose};
use super::router::Router;
use super::transaction::TransactionStep;

impl Router {
    pub(super) fn send(&mut self, key: ConnectionKey, frame: FrameRef<'_>) -> FrameResult {
        let mut head = std::mem::take(&mut self.head);
        let peer = &mut self.peers[key];
        let (version, session, used) = (peer.version(), &peer.session, &mut peer.has_temporary);
        let headers = compose(frame, version, &mut head, |name| {
            let renamed = rename_temporary(name, session);
            *used |= renamed.is_some();
            renamed
        });
        let done = self.send_composed(key, &head, &headers, frame);
        self.head = head;
        done
    }

    fn send_composed(
        &mut self,
        key: ConnectionKey,
        head: &[u8],
        headers: &SendHeaders<'_>,
        frame: FrameRef<'_>,
    ) -> FrameResult {
        let Some(destination) = headers.destination.as_deref().filter(|name| !name.is_empty()) else {
            return Err(ErrorFrame::missing("SEND", "destination"));
        };
        let mut view = MessageRef {
            head,
            body: frame.body(),
            plain: headers.plain,
            id: MessageId(0),
            redelivered: false,
        };
        if let Some(name) = &headers.transaction {
            let message = view.keep();
            let most = self.config.queue_bytes;
            let transaction = self.peers[key].transaction("SEND", name)?;
            transaction.bytes += message.size();
            if transaction.bytes > most {
                let advice = "COMMIT sooner; the broker's option --queue-size raises this limit.";
                return Err(ErrorFrame::new(format!("more than {most} bytes in a transaction"), advice));
            }
            transaction.steps.push(TransactionStep::Send { destination: destination.into(), message });
            transaction.receipts.extend(headers.receipt.map(Into::into));
            return Ok(());
        }
        if let Some(name) = requested_figures(destination) {
            return self.answer_figures(key, name, frame, headers.receipt);
        }
        view.id = MessageId::take(&mut self.next_message);
        self.publish(key, destination, view, headers.receipt)
    }
}

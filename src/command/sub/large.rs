//! Messages above 1 MiB, which come in pieces: half of one is neither shown nor acked.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::sink::{Delivery, Ended, Printer, Sink, taken};
use crate::protocol::{Frame, FrameRef, Part};
use crate::render::{Arrival, DataOut, Message, Renderer, stderr};
use crate::session::AckMode;

/// The longest body that is searched: it has to be in memory for that.
const SEARCHED: u64 = 256 << 20;

/// A message that is coming in pieces.
pub(super) struct Large {
    subscription: Arc<str>,
    token: Vec<u8>,
    head: Head,
    arrival: Arrival<'static>,
    pub(super) connection: u64,
    /// Whether the filter lets it through; `None`: its body has to be searched.
    passes: Option<bool>,
    place: BodyTarget,
}

/// Where a large message goes until its end has come.
enum BodyTarget {
    /// Straight to the file that standard output is; this long before.
    File(u64),
    /// Its body to a temporary file: what went into a pipe cannot be taken back, and what is to be
    /// searched has to be there.
    Spool(File),
    Nowhere,
}

/// A head whose body is elsewhere.
struct Head {
    frame: Frame,
    size: u64,
}

impl Message for Head {
    fn header(&self, name: &str) -> Option<std::borrow::Cow<'_, [u8]>> {
        Message::header(&self.frame, name)
    }

    fn headers(&self) -> impl Iterator<Item = (std::borrow::Cow<'_, [u8]>, std::borrow::Cow<'_, [u8]>)> {
        Message::headers(&self.frame)
    }

    fn body(&self) -> &[u8] {
        &[]
    }

    fn size(&self) -> u64 {
        self.size
    }
}

impl Large {
    /// It will not end: what was written of it is taken back.
    pub(super) fn take_back(&self, out: &DataOut) {
        if let BodyTarget::File(length) = self.place {
            out.cut_back(length);
        }
    }
}

impl Printer {
    /// Takes a piece of a large message in hand: it is acked when its end has come and was written.
    pub(super) fn piece(
        &mut self,
        frame: FrameRef<'_>,
        arrival: &Arrival<'static>,
        delivery: &Delivery,
        large: &mut Option<Large>,
    ) -> Result<(), Ended> {
        if frame.part() == Part::Head {
            let now = large.insert(self.begin(frame, arrival, delivery)?);
            if let (Sink::Stdout(renderer), BodyTarget::File(_)) = (&mut self.sink, &now.place) {
                let mut before = Vec::new();
                renderer.head(&now.head, arrival, &mut before);
                return self.out.write(&before).map_err(Ended::Stdout);
            }
            return Ok(());
        }
        let Some(now) = large else { return Ok(()) };
        if frame.part() == Part::Chunk {
            return match (&mut now.place, &mut self.sink) {
                (BodyTarget::File(_), Sink::Stdout(renderer)) => {
                    let mut out = Vec::new();
                    renderer.chunk(frame.body(), &mut out);
                    self.out.write(&out).map_err(Ended::Stdout)
                }
                (BodyTarget::Spool(file), _) => file.write_all(frame.body()).map_err(Ended::File),
                _ => Ok(()),
            };
        }
        self.end(now)?;
        *large = None;
        Ok(())
    }

    fn begin(
        &self,
        head: FrameRef<'_>,
        arrival: &Arrival<'static>,
        delivery: &Delivery,
    ) -> Result<Large, Ended> {
        let headers_pass = self.filter.headers_match(&head);
        let passes = (!headers_pass || !self.filter.needs_body()).then_some(headers_pass);
        let spool = || tempfile::tempfile().map(BodyTarget::Spool).map_err(Ended::File);
        let place = match (&self.sink, passes) {
            (_, Some(false)) | (Sink::Nowhere, Some(true)) => BodyTarget::Nowhere,
            (Sink::Stdout(_), Some(true)) => {
                self.out.file_length().map_or_else(spool, |l| Ok(BodyTarget::File(l)))?
            }
            _ => spool()?,
        };
        Ok(Large {
            subscription: head.text("subscription").unwrap_or_default().as_ref().into(),
            token: head.ack_token(delivery.version).unwrap_or_default().to_vec(),
            head: Head { frame: head.to_frame(), size: Message::size(&head) },
            arrival: *arrival,
            connection: delivery.connection,
            passes,
            place,
        })
    }

    fn end(&mut self, large: &mut Large) -> Result<(), Ended> {
        let passes = match (large.passes, &mut large.place) {
            (None, BodyTarget::Spool(file)) => self.search(file)?,
            (passes, _) => passes,
        };
        match passes {
            // What was not searched stays where it was.
            None => return Ok(()),
            Some(false) => {
                if self.discard_others {
                    self.settle_large(large, false);
                }
                return Ok(());
            }
            Some(true) => {}
        }
        if let BodyTarget::Spool(file) = &mut large.place {
            file.seek(SeekFrom::Start(0)).map_err(Ended::File)?;
        }
        match (&mut self.sink, &mut large.place) {
            (Sink::Stdout(renderer), BodyTarget::File(_)) => {
                let mut behind = Vec::new();
                renderer.end(&mut behind);
                self.out.write(&behind).map_err(Ended::Stdout)?;
            }
            (Sink::Stdout(renderer), BodyTarget::Spool(file)) => {
                let before = self.out.file_length();
                if let Err(ended) = copy_out(renderer, &large.head, &large.arrival, file, &self.out) {
                    if let Some(length) = before {
                        self.out.cut_back(length);
                    }
                    return Err(ended);
                }
            }
            (Sink::Dump(dump), BodyTarget::Spool(file)) => {
                dump.large(&large.head, file).map_err(Ended::File)?;
            }
            (Sink::Exec(exec, on_fail), BodyTarget::Spool(file)) => {
                let ran = exec.large(&large.head, file);
                if !taken(ran, *on_fail, &self.failures)? {
                    self.settle_large(large, true);
                    return Ok(());
                }
            }
            _ => {}
        }
        self.printed.fetch_add(1, Ordering::Relaxed);
        self.settle_large(large, false);
        Ok(())
    }

    /// Whether a body matches; `None`: it is too long to be searched.
    fn search(&self, file: &mut File) -> Result<Option<bool>, Ended> {
        let length = file.metadata().map_err(Ended::File)?.len();
        if length > SEARCHED {
            let what = format!("a message of {length} bytes is too long to be searched");
            if self.ack == AckMode::Client {
                // The next ack would take it.
                return Err(Ended::File(std::io::Error::other(what)));
            }
            stderr::line(&format!("{what}; it stays where it was"));
            return Ok(None);
        }
        file.seek(SeekFrom::Start(0)).map_err(Ended::File)?;
        let mut body = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        file.read_to_end(&mut body).map_err(Ended::File)?;
        Ok(Some(self.filter.body_matches(&body)))
    }

    fn settle_large(&self, large: &Large, nack: bool) {
        if self.ack != AckMode::Auto {
            self.client.ack_token(&large.subscription, &large.token, nack, large.connection);
        }
        if nack {
            super::sink::pause_after_nack();
        }
    }
}

/// Renders a message whose body stands in a file.
fn copy_out(
    renderer: &mut Renderer,
    head: &Head,
    arrival: &Arrival<'_>,
    body: &mut File,
    out: &DataOut,
) -> Result<(), Ended> {
    let mut text = Vec::new();
    renderer.head(head, arrival, &mut text);
    let mut piece = vec![0; 256 << 10];
    loop {
        let count = body.read(&mut piece).map_err(Ended::File)?;
        if count == 0 {
            renderer.end(&mut text);
            return out.write(&text).map_err(Ended::Stdout);
        }
        renderer.chunk(&piece[..count], &mut text);
        out.write(&text).map_err(Ended::Stdout)?;
        text.clear();
    }
}

//! Prints messages to standard output as they arrive, for scripts.

use jiff::Timestamp;

use super::views::{BatchViews, ViewId, Views};
use crate::protocol::{Batch, Part, Verb};
use crate::render::{Arrival, DataOut, LargeOutput, StdoutError, stdout};

/// Prints the messages of one connection. A large message is spooled and printed when it is complete.
#[derive(Debug, Default)]
pub(super) struct StdoutPrinter {
    /// The large message whose end has not arrived, if it is shown at all.
    large: Option<(ViewId, LargeOutput)>,
}

impl StdoutPrinter {
    /// Writes the messages of a batch to standard output; blocks while its reader is slow. `last` is the number
    /// of the last message before the batch.
    pub(super) fn print(
        &mut self,
        batch: &Batch,
        connection: u64,
        last: u64,
        views: &mut Views,
    ) -> Result<(), StdoutError> {
        let mut out = Vec::new();
        let mut number = last;
        let at = Timestamp::now();
        let mut batch_views = BatchViews::new(connection);
        for frame in batch.iter().filter(|frame| frame.verb() == Verb::Message) {
            match frame.part() {
                Part::Whole | Part::Head => {
                    number += 1;
                    let arrival = Arrival { number, connection: None, at };
                    let id = batch_views.find(views, frame);
                    let view = views.get_mut(id);
                    if frame.part() == Part::Head {
                        self.large = None;
                    }
                    if !view.shows(&frame) {
                        continue;
                    }
                    if frame.part() == Part::Head {
                        let out = DataOut::default();
                        let output = LargeOutput::begin_spooled(&mut view.renderer, &frame, &arrival, &out)?;
                        self.large = Some((id, output));
                    } else {
                        view.renderer.render(&frame, &arrival, &mut out);
                    }
                }
                Part::Chunk => {
                    if let Some((id, output)) = &mut self.large {
                        output.chunk(&mut views.get_mut(*id).renderer, frame.body())?;
                    }
                }
                Part::End => {
                    if let Some((id, output)) = self.large.take() {
                        // What came before goes out first.
                        stdout::write(&std::mem::take(&mut out))?;
                        output.finish(&mut views.get_mut(id).renderer)?;
                    }
                }
            }
        }
        stdout::write(&out)
    }

    /// The connection is lost: discards half a message.
    pub(super) fn lost(&mut self) {
        self.large = None;
    }
}

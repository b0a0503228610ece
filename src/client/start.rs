//! From options, or a connection that was dialled, to a handle and the task behind it.

use super::connect::{establish, log_in};
use super::task::start;
use super::{Client, ClientError, ClientOptions, Events};
use crate::transport::{Dialed, Endpoint};

impl Client {
    /// Connects; fails fast where that cannot be done. The events must be taken, or reading stops.
    pub async fn connect(options: ClientOptions) -> Result<(Self, Events), ClientError> {
        let established = establish(&options).await?;
        let (requests, events) = start(established, options)?;
        Ok((Self { requests }, events))
    }

    /// Logs in to this vhost, and no other, on a connection that was dialled step by step.
    pub async fn log_in(
        dialed: Dialed,
        endpoint: &Endpoint,
        vhost: &str,
        options: ClientOptions,
    ) -> Result<(Self, Events), ClientError> {
        let established = log_in(dialed, endpoint, vhost, &options).await?;
        let (requests, events) = start(established, options)?;
        Ok((Self { requests }, events))
    }
}

//! CONNECT: version, login, heart-beats.

use crate::protocol::{FrameRef, HeartBeat, Verb, Version};

use super::connection::ConnectionStage;
use super::error_frame::{ErrorFrame, FrameResult};
use super::keys::ConnectionKey;
use super::router::Router;

/// The `server` header of CONNECTED.
const SERVER: &str = concat!("stomp-shell/", env!("CARGO_PKG_VERSION"));

impl Router {
    pub(super) fn login(&mut self, key: ConnectionKey, frame: FrameRef<'_>, lf_follows: bool) -> FrameResult {
        let accept = frame.header("accept-version");
        let Some(version) = Version::negotiate(accept.as_deref()) else {
            return Err(ErrorFrame {
                versions: true,
                ..ErrorFrame::new(
                    "no version in common",
                    "This broker speaks STOMP 1.0, 1.1 and 1.2; accept-version lists others.",
                )
            });
        };
        if self.config.strict {
            check_strictly(frame, version)?;
        }
        self.check_login(frame)?;
        let requested = match (version, frame.header("heart-beat")) {
            // 1.0 has no heart-beats, whatever the client's header says.
            (Version::V1_0, _) | (_, None) => HeartBeat::default(),
            (_, Some(text)) => HeartBeat::parse(&text).map_err(|error| {
                ErrorFrame::new(
                    "malformed heart-beat header",
                    format!("{error}: the time between two heart-beats that you send, and that you want."),
                )
            })?,
        };
        let offered = if version == Version::V1_0 { HeartBeat::default() } else { self.config.heart_beat };
        let peer = &mut self.peers[key];
        peer.stage = ConnectionStage::Open;
        peer.version = Some(version);
        peer.heart = offered.negotiate(requested);
        // Some clients of 1.0 wait for a line feed after the NUL, and one client of 1.2 fails on it. A
        // client that sends one itself can read one.
        peer.end = if version == Version::V1_0 || lf_follows { b"\0\n" } else { b"\0" };
        let connected = format!(
            "CONNECTED\nversion:{version}\nsession:{}\nserver:{SERVER}\nheart-beat:{offered}\n\n",
            peer.session
        );
        peer.out.extend_from_slice(connected.as_bytes());
        peer.out.extend_from_slice(peer.end);
        Ok(())
    }

    fn check_login(&self, frame: FrameRef<'_>) -> FrameResult {
        let (Some(user), Some(password)) = (&self.config.user, &self.config.password) else {
            return Ok(());
        };
        let login = frame.header("login").unwrap_or_default();
        let passcode = frame.header("passcode").unwrap_or_default();
        // Both are compared, so that the time does not reveal whether the user name is right.
        let right = password.matches(&passcode) & (*login == *user.as_bytes());
        if right {
            return Ok(());
        }
        Err(ErrorFrame::new("login refused", "The headers login and passcode name no user of this broker."))
    }
}

/// Checks what the specification requires of a CONNECT but this broker does not need.
fn check_strictly(frame: FrameRef<'_>, version: Version) -> FrameResult {
    if version > Version::V1_0 && frame.header("host").is_none() {
        return Err(ErrorFrame::missing("CONNECT", "host"));
    }
    if version == Version::V1_0 && frame.verb() == Verb::Stomp {
        return Err(ErrorFrame::new("STOMP is no verb of 1.0", "There a connection begins with CONNECT."));
    }
    Ok(())
}

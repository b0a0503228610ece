//! Shows a frame that violates the protocol, with carets under the bytes that are wrong, and hints.

use crate::protocol::{DecodeError, Fault, Limit};
use crate::render::Excerpt;

/// The number of lines of the frame that are shown before and after the wrong one.
const CONTEXT_LINES: (usize, usize) = (12, 2);

/// The frame as it arrived, with the bytes that are wrong marked.
pub(crate) fn source(error: &DecodeError) -> Excerpt {
    let at = error.excerpt_index;
    let rest = &error.excerpt[at..];
    let line = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let bytes = match &error.fault {
        Fault::NoColon | Fault::Limit { limit: Limit::Headers, .. } => line,
        Fault::ContentLength { .. } | Fault::Limit { limit: Limit::Body, .. } => {
            rest.iter().take(line).take_while(|byte| byte.is_ascii_graphic()).count()
        }
        Fault::Escape { .. } => line.min(2),
        _ => line.min(1),
    };
    // If the beginning of the frame is missing, the excerpt starts in the middle of a line, which is left out.
    let cut =
        if error.excerpt_is_cut { error.excerpt[..at].iter().position(|byte| *byte == b'\n') } else { None };
    let from = cut.map_or(0, |lf| lf + 1);
    Excerpt::new(&error.excerpt[from..], at - from..at - from + bytes)
        .around(CONTEXT_LINES.0, CONTEXT_LINES.1)
}

pub(crate) fn hints(error: &DecodeError) -> Vec<String> {
    let hint = match &error.fault {
        Fault::Limit { limit: Limit::Body, .. } => "--max-body BYTES raises this limit".to_owned(),
        Fault::Limit { limit, .. } => format!("--limit {}=N raises this limit", limit.name()),
        Fault::NoColon => {
            "a line feed in a value is written \\n from 1.1 on; --protocol 1.0 takes such lines".to_owned()
        }
        Fault::Escape { .. } => {
            "from 1.1 on, a backslash is written \\\\; --protocol 1.0 takes headers as they stand".to_owned()
        }
        Fault::CarriageReturn => "in 1.2 it is written \\r; --protocol 1.1 takes it as it stands".to_owned(),
        Fault::NulInHead => "an empty line has to stand between the headers and the body".to_owned(),
        Fault::ContentLength { .. } | Fault::NotNul { .. } => {
            "content-length counts bytes, not characters, and not the NUL behind the body".to_owned()
        }
        Fault::EmptyName => return Vec::new(),
    };
    vec![hint]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's

    use std::sync::Arc;

    use bytes::BytesMut;

    use crate::client::ClientError;
    use crate::command::diagnosis;
    use crate::command::exit;
    use crate::protocol::{Batch, Decoder, Limits, Version};
    use crate::render::Paint;

    fn shown(bytes: &[u8]) -> String {
        let mut decoder =
            Decoder::new(Limits { body: 1000, headers: 20, header_line: 2000, ..Limits::CLIENT });
        decoder.set_version(Version::V1_2);
        let error = decoder.decode(&mut BytesMut::from(bytes), &mut Batch::default()).unwrap_err();
        let error = ClientError::Protocol(Arc::new(error)).into();
        assert_eq!(diagnosis::code(&error), exit::PROTOCOL);
        diagnosis::diagnostic(&error).render(Paint::PLAIN)
    }

    #[test]
    fn a_header_line_without_a_colon_is_shown_in_its_frame() {
        assert_eq!(
            shown(b"MESSAGE\nfoo:\x1b[2J\nbroken\x07\nbar:1\n\nbody\0"),
            "error: the broker broke the protocol: a header line without a colon (byte 17 of the frame, 17 of the stream)\n\
             \x20 MESSAGE\n  foo:\\x1b[2J\n  broken\\x07\n  ^^^^^^^^^^\n  bar:1\n  \n\
             hint: a line feed in a value is written \\n from 1.1 on; --protocol 1.0 takes such lines\n"
        );
    }

    #[test]
    fn carets_stand_under_what_is_wrong() {
        for (bytes, lines) in [
            (&b"MESSAGE\nfoo:a\\tb\n\n\0"[..], "  foo:a\\tb\n       ^^\n"),
            (b"MESSAGE\nfoo:a\rb\n\n\0", "  foo:a\\rb\n       ^^\n"),
            (b"MESSAGE\n:x\n\n\0", "  :x\n  ^\n"),
            (b"MESSAGE\nfoo:1\n\0", "  \\x00\n  ^^^^\n"),
            (b"MESSAGE\ncontent-length:ten\n\n\0", "  content-length:ten\n                 ^^^\n"),
            (b"MESSAGE\ncontent-length:1001\n\n\0", "  content-length:1001\n                 ^^^^\n"),
            (b"MESSAGE\ncontent-length:2\n\nabcd\0", "  abcd\\x00\n    ^\n"),
        ] {
            let text = shown(bytes);
            assert!(text.contains(lines), "{text}");
        }
    }

    #[test]
    fn a_limit_is_named_with_what_raises_it() {
        let text = shown(format!("MESSAGE\nfoo:{}", "x".repeat(3000)).as_bytes());
        assert!(text.contains("more than 2000 bytes in a header line (byte 2008 of the frame"), "{text}");
        assert!(text.contains("hint: --limit header-line=N raises this limit\n"), "{text}");
        assert!(text.lines().all(|line| line.len() < 160), "{text}");
        let text = shown(format!("MESSAGE\n{}", "a:1\n".repeat(30)).as_bytes());
        assert!(text.contains("  a:1\n  ^^^\n") && text.contains("--limit headers=N"), "{text}");
        assert!(
            shown(b"MESSAGE\ncontent-length:1001\n\n").contains("hint: --max-body BYTES raises this limit\n")
        );
    }
}

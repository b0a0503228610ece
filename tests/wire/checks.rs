//! What holds for any bytes. The fuzz targets and the tests on stable Rust share these functions; each
//! panics where it does not hold.

use std::sync::LazyLock;

use bytes::BytesMut;
use stomp_shell::protocol::{
    Batch, Decoder, Encoder, Escapes, Fault, Frame, FrameRef, Limits, Part, ShortLength, Verb, Version,
    escape_into, unescape,
};
use stomp_shell::render::escape::{Lines, escape};
use stomp_shell::words::{
    Completeness, Grammar, Item, Language, Rest, ScriptReader, Shape, completeness, expand_alias,
    expand_variables, mask_secrets_in_bytes, read,
};

/// Small limits, so that short inputs reach them.
const SMALL: Limits = Limits { verb: 10, header_line: 24, headers: 3, head: 70, body: 48, stream_above: 16 };

/// Large bodies in pieces, all else as a client has it.
const STREAMED: Limits = Limits { stream_above: 16, ..Limits::CLIENT };

/// A decoder that the first byte of an input chooses, and the rest of the input.
fn decoder(data: &[u8]) -> Option<(Decoder, &[u8])> {
    let (&choice, rest) = data.split_first()?;
    let limits =
        [SMALL, STREAMED, Limits::CLIENT_BEFORE_CONNECTED, Limits::BROKER][usize::from(choice >> 2 & 3)];
    let mut decoder = Decoder::new(limits);
    if limits == Limits::BROKER && choice & 16 != 0 {
        decoder = decoder.short_length(ShortLength::TakeToNul);
    }
    match choice & 3 {
        0 => {}
        1 => decoder.set_version(Version::V1_0),
        2 => decoder.set_version(Version::V1_1),
        _ => decoder.set_version(Version::V1_2),
    }
    if choice & 32 != 0 {
        decoder.set_escapes(Escapes::Lenient);
    }
    Some((decoder, rest))
}

/// Complete frames, and what is wrong with which byte.
#[derive(Debug, PartialEq, Eq, Default)]
pub struct Got {
    pub frames: Vec<Frame>,
    pub fault: Option<(Fault, Verb, u64, u64)>,
}

/// Feeds pieces; the version is settled by what CONNECTED says, as a client does it.
fn feed<'a>(decoder: &mut Decoder, pieces: impl IntoIterator<Item = &'a [u8]>) -> Got {
    let (mut input, mut batch, mut got) = (BytesMut::new(), Batch::default(), Got::default());
    let mut part: Option<Frame> = None;
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            let before = input.len();
            let result = decoder.decode(&mut input, &mut batch);
            assert!(input.len() <= before && batch.bytes() <= before);
            for frame in batch.iter() {
                match frame.part() {
                    Part::Whole => got.frames.push(frame.to_frame()),
                    Part::Head => part = Some(frame.to_frame()),
                    Part::Chunk => {
                        let own = part.as_mut().expect("a head came first");
                        assert!(!frame.body().is_empty());
                        own.body = [&own.body, frame.body()].concat().into();
                    }
                    Part::End => got.frames.push(part.take().expect("a head came first")),
                }
                let version = frame.header("version").and_then(|version| Version::parse(&version));
                if let (Verb::Connected, Some(version)) = (frame.verb(), version) {
                    decoder.set_version(version);
                }
            }
            if let Err(error) = result {
                assert!(error.byte <= error.stream_byte, "{error:?}");
                assert!(error.excerpt_index <= error.excerpt.len() && error.excerpt.len() <= 2048);
                got.fault = Some((error.fault, error.verb, error.byte, error.stream_byte));
                return got;
            }
            if !decoder.stopped() {
                break;
            }
            assert!(!batch.is_empty());
        }
    }
    got
}

/// Whatever comes is decoded or refused, and what is in a batch can be looked at.
pub fn decode(data: &[u8]) {
    let Some((mut decoder, rest)) = decoder(data) else { return };
    let (mut input, mut batch) = (BytesMut::from(rest), Batch::default());
    let mut result = decoder.decode(&mut input, &mut batch);
    while result.is_ok() && decoder.stopped() {
        // As after a login.
        decoder.set_limits(Limits::BROKER);
        result = decoder.decode(&mut input, &mut batch);
    }
    match result {
        Ok(()) => assert!(!decoder.is_between_frames() || input.is_empty()),
        Err(error) => assert!(error.excerpt_index <= error.excerpt.len()),
    }
    assert!(decoder.missing_bytes(input.len()) <= (16 << 20) + 1, "a hint within the limits");
    for (index, frame) in batch.iter().enumerate() {
        assert!(
            frame.part() != Part::End && (frame.part() != Part::Whole || frame.bytes().len() < rest.len())
        );
        assert!(frame.had_short_length() || frame.part() != Part::Whole || is_as_long_as_said(frame));
        assert_eq!(batch.get(index).map(|own| own.bytes().len()), Some(frame.bytes().len()));
        assert!(frame.verb_name().len() <= 32);
        assert!(frame.body().len() <= frame.bytes().len());
        assert_eq!(frame.body_bytes(), frame.body());
        assert_eq!(frame.headers().len(), frame.to_frame().headers.len());
        for header in frame.headers() {
            let (name, value) = (header.name(), header.value());
            assert!(header.raw_value().len() >= value.len() && header.raw_name().len() >= name.len());
            if let Ok(name) = std::str::from_utf8(&name) {
                assert!(header.is(name) && frame.header(name).is_some() && frame.text(name).is_some());
                assert!(frame.raw_header(name).is_some());
            }
            for escapes in [Escapes::V1_2, Escapes::Lenient] {
                let mut escaped = Vec::new();
                escape_into(&mut escaped, &value, escapes);
                assert_eq!(unescape(&escaped, escapes), value);
                assert_eq!(escapes.first_invalid(&escaped), None);
            }
        }
    }
    let (count, bytes) = (batch.len(), batch.bytes());
    let own = batch.detached();
    assert_eq!((own.len(), own.is_empty(), own.bytes()), (count, count == 0, bytes));
}

/// Whether a body has the length that its head gave it, if it did.
fn is_as_long_as_said(frame: FrameRef<'_>) -> bool {
    frame.content_length().is_none_or(|length| length == frame.body().len() as u64)
}

/// What an input of [`decode`] comes to; nothing: it chooses no decoder.
pub fn decoded(data: &[u8]) -> Option<Got> {
    let (mut decoder, bytes) = decoder(data)?;
    Some(feed(&mut decoder, [bytes]))
}

/// However bytes are cut, the frames are the same, and so is what is wrong with which byte.
pub fn split_against_whole(data: &[u8]) {
    let [cut, rest @ ..] = data else { return };
    let Some((mut at_once, bytes)) = decoder(rest) else { return };
    let expected = feed(&mut at_once, [bytes]);
    let size = usize::from(*cut).max(1);
    let (mut pieces, mut twice, mut single) =
        (decoder(rest).unwrap().0, decoder(rest).unwrap().0, decoder(rest).unwrap().0);
    assert_eq!(feed(&mut pieces, bytes.chunks(size)), expected, "in pieces of {size}");
    let (left, right) = bytes.split_at(size.min(bytes.len()));
    assert_eq!(feed(&mut twice, [left, right]), expected, "cut at {size}");
    assert_eq!(feed(&mut single, bytes.chunks(1)), expected, "one by one");
}

/// What is encoded is decoded to the same, in every version.
pub fn round_trip(data: &[u8]) {
    let [choice, rest @ ..] = data else { return };
    let version = Version::ALL[usize::from(*choice) % 3];
    let mut bytes = Vec::new();
    let mut expected = Vec::new();
    for frame in frames(rest) {
        let before = bytes.len();
        if Encoder::new(version).frame(&mut bytes, &frame).is_ok() {
            expected.push(as_it_comes(frame, version));
        } else {
            assert_eq!(bytes.len(), before, "all or nothing");
        }
    }
    let mut decoder = Decoder::new(Limits { headers: 1 << 20, ..STREAMED });
    decoder.set_version(version);
    let mut got = feed_as(&mut decoder, &bytes, version);
    assert_eq!(got.fault, None);
    for frame in &mut got.frames {
        frame.headers.remove("content-length");
    }
    assert_eq!(got.frames, expected);
}

/// The frames that an input of [`round_trip`] encodes; `None`: one of them cannot be written.
pub fn encoded(data: &[u8]) -> Option<usize> {
    let (choice, rest) = data.split_first()?;
    let encoder = Encoder::new(Version::ALL[usize::from(*choice) % 3]);
    let frames = frames(rest);
    frames.iter().all(|frame| encoder.frame(&mut Vec::new(), frame).is_ok()).then_some(frames.len())
}

/// As [`feed`], in a version that no CONNECTED changes.
fn feed_as(decoder: &mut Decoder, bytes: &[u8], version: Version) -> Got {
    let mut got = Got::default();
    let mut input = BytesMut::from(bytes);
    let mut batch = Batch::default();
    let mut part: Option<Frame> = None;
    loop {
        if let Err(error) = decoder.decode(&mut input, &mut batch) {
            got.fault = Some((error.fault, error.verb, error.byte, error.stream_byte));
            return got;
        }
        for frame in batch.iter() {
            match frame.part() {
                Part::Whole => got.frames.push(frame.to_frame()),
                Part::Head => part = Some(frame.to_frame()),
                Part::Chunk => {
                    let own = part.as_mut().expect("a head came first");
                    own.body = [&own.body, frame.body()].concat().into();
                }
                Part::End => got.frames.extend(part.take()),
            }
        }
        if !decoder.stopped() {
            return got;
        }
        decoder.set_version(version);
    }
}

/// A frame as its receiver sees it: 1.0 trims, and a content-length is written anew.
fn as_it_comes(mut frame: Frame, version: Version) -> Frame {
    if version == Version::V1_0 {
        let trimmed = frame.headers.iter().map(|(name, value)| (name.trim_ascii(), value.trim_ascii()));
        frame.headers = trimmed.collect();
    }
    frame.headers.remove("content-length");
    frame
}

/// Frames out of arbitrary bytes: a verb, a count of headers, texts and a body with their lengths.
fn frames(mut data: &[u8]) -> Vec<Frame> {
    const VERBS: [Verb; 8] = [
        Verb::Send,
        Verb::Message,
        Verb::Error,
        Verb::Receipt,
        Verb::Connect,
        Verb::Connected,
        Verb::Ack,
        Verb::Subscribe,
    ];
    fn take<'a>(data: &mut &'a [u8], count: usize) -> &'a [u8] {
        let (taken, rest) = data.split_at(count.min(data.len()));
        *data = rest;
        taken
    }
    let mut frames = Vec::new();
    while let [verb, headers, body, rest @ ..] = data {
        data = rest;
        let mut frame = Frame::new(VERBS[usize::from(verb % 8)]);
        for _ in 0..headers % 8 {
            let lengths = take(&mut data, 1).first().copied().unwrap_or(0);
            let name = take(&mut data, usize::from(lengths & 7));
            let value = take(&mut data, usize::from(lengths >> 3));
            frame = frame.with(name, value);
        }
        let body = take(&mut data, usize::from(*body)).to_vec();
        frames.push(frame.body(body));
    }
    frames
}

/// A command of each kind that the grammar knows.
static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| {
    Grammar::default()
        .command("send", Shape::default().option("-H", 1).option("--text", 0).rest(Rest::Body { after: 1 }))
        .command("sub", Shape::default().option("--ack", 1).option("-c", 1))
        .command("time", Shape::default().rest(Rest::Command { after: 0 }))
});

fn aliases(name: &str) -> Option<String> {
    match name {
        "s" => Some("send /queue/a".to_owned()),
        "a" => Some("b x".to_owned()),
        "b" => Some("a 'y".to_owned()),
        _ => None,
    }
}

fn variables(name: &str) -> Option<String> {
    (name != "none").then(|| format!("<{name}>"))
}

/// Whatever is typed is read or refused with a place; in pieces as whole; secrets are found in all of it.
pub fn command_line(data: &[u8]) {
    let [choice, text @ ..] = data else { return };
    let mut language = Language::new(&GRAMMAR);
    if choice & 1 != 0 {
        language.aliases = Some(&aliases);
    }
    if choice & 2 != 0 {
        language.variables = Some(&variables);
    }
    let reading = read(text, &language);
    assert!(reading.end <= text.len());
    if let Some(error) = reading.error.as_ref() {
        assert!(error.span.start <= error.span.end && error.span.end <= text.len(), "{error:?}");
    }
    if let Item::Command(line) = &reading.item {
        for word in &line.words {
            assert!(word.span.start <= word.span.end && word.span.end <= text.len());
        }
    }
    let open = matches!(completeness(text, &language), Completeness::NeedMore(_));
    let whole = script(text, text.len().max(1), &language);
    let pieces = script(text, usize::from(choice >> 2).max(1), &language);
    assert_eq!(whole, pieces);
    assert!(!open || !whole.is_empty());
    let _ = mask_secrets_in_bytes(text);
    let _ = expand_variables(text, &variables);
    let _ = expand_alias(text, &aliases);
}

/// The first item of an input of [`command_line`].
pub fn first_item(data: &[u8]) -> Option<Item<'_>> {
    let (_, text) = data.split_first()?;
    let reading = read(text, &Language::new(&GRAMMAR));
    reading.error.is_none().then_some(reading.item)
}

/// The logical lines of a script that is read in pieces.
fn script(text: &[u8], piece: usize, language: &Language<'_>) -> Vec<(u64, Vec<u8>, String)> {
    let mut reader = ScriptReader::new();
    let mut lines = Vec::new();
    for piece in text.chunks(piece).map(Some).chain([None]) {
        match piece {
            Some(bytes) => reader.push(bytes),
            None => reader.finish(),
        }
        while let Some(logical) = reader.next(language) {
            lines.push((logical.line, logical.text.to_vec(), format!("{:?}", logical.item)));
        }
    }
    lines
}

/// Nothing that could play with a terminal comes through, and nothing else is changed.
pub fn terminal_escape(data: &[u8]) {
    let one = escape(data, Lines::One);
    assert!(!one.chars().any(|character| character.is_control() || is_unseen(character)), "{one:?}");
    let many = escape(data, Lines::Many);
    let bad = |character: char| character.is_control() && character != '\n' && character != '\t';
    assert!(!many.chars().any(|character| bad(character) || is_unseen(character)), "{many:?}");
    // What is safe is left alone, the second time at the latest.
    assert_eq!(escape(one.as_bytes(), Lines::One), one);
    assert_eq!(escape(many.as_bytes(), Lines::Many), many);
    let plain = |text: &str| text.chars().filter(|character| character.is_alphanumeric()).count();
    assert!(plain(&one) >= plain(&String::from_utf8_lossy(data)));
}

/// Marks that turn the direction of the writing, or hide.
fn is_unseen(character: char) -> bool {
    matches!(character, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

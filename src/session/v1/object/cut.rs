//! Cutting: how a value that fits no message is told in chunks.
//!
//! Size counts what travels: the octets of the text, of the base64 or of the value itself. All chunks travel alike, so that the one who
//! joins them need not look into any.

use std::ops::Range;

use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Serialize};

use crate::markup::xml;
use crate::syncml::{Data, Encoding, Item, Meta};

/// How the chunks of a value travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::session::v1) enum Carrier {
    /// As text, which is cut between characters only.
    Text,
    /// Octets as base64, which is cut anywhere.
    Base64,
    /// Octets as they are, where the encoding is WBXML.
    Octets,
}

/// A value made ready to be cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session::v1) struct Ready {
    /// The value, base64 not yet applied.
    pub(in crate::session::v1) octets: Vec<u8>,
    /// How it travels.
    pub(in crate::session::v1) carrier: Carrier,
    /// What Format must say, where that is not what the Item says anyway.
    pub(in crate::session::v1) format: Option<&'static str>,
}

/// Makes a value ready that goes with such a Meta. Markup becomes the text that it is.
pub(in crate::session::v1) fn ready(data: Data, meta: Option<&Meta>, encoding: Encoding) -> Ready {
    let said = meta.and_then(|meta| meta.format.as_deref());
    let data = settled(data);
    let (carrier, format) = carrier(Kind::of(&data), said, encoding);
    let octets = match data {
        Data::Text(text) | Data::Markup(text) => text.into_bytes(),
        Data::Octets(octets) => octets,
    };
    Ready {
        octets,
        carrier,
        format,
    }
}

/// Markup without an element is the text that it stands for.
pub(in crate::session::v1) fn settled(data: Data) -> Data {
    match data {
        Data::Markup(markup) if !xml::holds_element(&markup) => {
            Data::Text(xml::text_of(&markup).unwrap_or(markup))
        }
        data => data,
    }
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::session::v1) enum Kind {
    /// [`Data::Text`].
    Text,
    /// [`Data::Octets`].
    Octets,
    /// [`Data::Markup`].
    Markup,
}

impl Kind {
    /// The value of this kind with these octets; nothing where it is to be text and they are none.
    pub(in crate::session::v1) fn data(self, octets: Vec<u8>) -> Option<Data> {
        match self {
            Self::Text => String::from_utf8(octets).ok().map(Data::Text),
            Self::Markup => String::from_utf8(octets).ok().map(Data::Markup),
            Self::Octets => Some(Data::Octets(octets)),
        }
    }

    pub(in crate::session::v1) fn of(data: &Data) -> Self {
        match data {
            Data::Text(_) => Self::Text,
            Data::Octets(_) => Self::Octets,
            Data::Markup(_) => Self::Markup,
        }
    }
}

/// How a value travels whose Format is said to be this, and what Format must say where that is something else.
pub(in crate::session::v1) fn carrier(
    kind: Kind,
    format: Option<&str>,
    encoding: Encoding,
) -> (Carrier, Option<&'static str>) {
    let unless = |known: &'static str| (format != Some(known)).then_some(known);
    match kind {
        Kind::Text => (Carrier::Text, None),
        Kind::Markup => (Carrier::Text, unless("xml")),
        Kind::Octets if encoding == Encoding::Xml || format == Some("b64") => {
            (Carrier::Base64, unless("b64"))
        }
        Kind::Octets => (Carrier::Octets, unless("bin")),
    }
}

/// A value that is told in chunks, as much of it as the next one may need.
#[derive(Clone, Copy, Debug)]
pub(in crate::session::v1) struct Whole<'a> {
    /// A part of the value, base64 not yet applied.
    window: &'a [u8],
    /// Where the part begins.
    from: usize,
    /// Octets of the value.
    total: usize,
    carrier: Carrier,
}

/// A chunk, and where the next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session::v1) struct Chunk {
    /// The Item, with MoreData and Size where they belong.
    pub(in crate::session::v1) item: Item,
    /// Octets told, this chunk included, of those that Size counts.
    pub(in crate::session::v1) end: usize,
}

impl Carrier {
    /// What Size says of a value of so many octets.
    pub(in crate::session::v1) fn size(self, octets: usize) -> usize {
        match self {
            Self::Text | Self::Octets => octets,
            Self::Base64 => octets.div_ceil(3).saturating_mul(4),
        }
    }

    /// The octets of a value that a chunk may need that begins at `at` and is in a message of at most so many octets.
    pub(in crate::session::v1) fn window(self, at: usize, most: usize) -> Range<usize> {
        let from = match self {
            Self::Text | Self::Octets => at,
            Self::Base64 => at / 4 * 3,
        };
        from..from.saturating_add(most).saturating_add(MARGIN)
    }
}

impl<'a> Whole<'a> {
    /// All of a value.
    pub(in crate::session::v1) fn of(octets: &'a [u8], carrier: Carrier) -> Self {
        Self::part(octets, 0, octets.len(), carrier)
    }

    /// A [window](Carrier::window) of a value of `total` octets, which begins at `from`.
    pub(in crate::session::v1) fn part(
        window: &'a [u8],
        from: usize,
        total: usize,
        carrier: Carrier,
    ) -> Self {
        Self {
            window,
            from,
            total,
            carrier,
        }
    }

    /// What Size says.
    pub(in crate::session::v1) fn size(&self) -> usize {
        self.carrier.size(self.total)
    }

    /// Some octets of the value, as far as they are here.
    fn octets(&self, part: Range<usize>) -> &'a [u8] {
        let at = |place: usize| place.saturating_sub(self.from).min(self.window.len());
        let part = at(part.start)..at(part.end);
        self.window.get(part).unwrap_or_default()
    }

    /// The next chunk: as much of what begins at `at` as a message holds. `item` is the Item without its value. `left` says how many octets
    /// more than the message with an Item in it the peer takes: negative where it takes less, nothing where no number of octets helps.
    /// Nothing where there is no room for any of it.
    pub(in crate::session::v1) fn chunk(
        &self,
        item: &Item,
        at: usize,
        encoding: Encoding,
        mut left: impl FnMut(&Item) -> Option<i64>,
    ) -> Option<Chunk> {
        let size = self.size();
        if at > size {
            return None;
        }
        let mut probe = |end: usize| {
            let item = self.item(item, at..end);
            let left = left(&item)?;
            Some((Chunk { item, end }, left))
        };
        let first = self.boundary(at, at.saturating_add(1));
        if first >= size {
            let (last, left) = probe(size)?;
            return (left >= 0).then_some(last);
        }
        let (_, around) = probe(first)?;
        let around = around.saturating_add(self.cost(at..first, encoding));
        // The last chunk has no MoreData, and all of it in one has no Size: that makes room for some octets more.
        let without = OF_MORE_DATA + if at == 0 { OF_SIZE } else { 0 };
        let most = usize::try_from(around.saturating_add(without)).ok()?;
        if size.saturating_sub(at) <= most {
            let (last, left) = probe(size)?;
            if left >= 0 {
                return Some(last);
            }
        }
        let mut room = around;
        // What a chunk costs is known to the octet; a string table may still make a difference.
        for _ in 0..MAX_TRIES {
            let end = self.fit(at, room, encoding).min(self.before(size));
            if end <= at {
                return None;
            }
            let (chunk, left) = probe(end)?;
            if left >= 0 {
                return Some(chunk);
            }
            room = room.saturating_add(left);
        }
        None
    }

    /// The Item with this part of the value in it.
    fn item(&self, item: &Item, part: Range<usize>) -> Item {
        let mut item = item.clone();
        item.more_data = part.end < self.size();
        if part.start == 0 && item.more_data {
            let size = u32::try_from(self.size()).ok();
            item.meta.get_or_insert_default().size = size;
        }
        item.data = Some(self.data(part));
        item
    }

    fn data(&self, part: Range<usize>) -> Data {
        match self.carrier {
            Carrier::Octets => Data::Octets(self.octets(part).to_vec()),
            Carrier::Text => {
                let text = str::from_utf8(self.octets(part));
                Data::Text(text.unwrap_or_default().to_owned())
            }
            Carrier::Base64 => {
                let from = part.start / 4;
                let octets = from * 3..part.end.div_ceil(4).saturating_mul(3);
                let text = Base64::encode_string(self.octets(octets));
                let within = part.start - from * 4..part.end - from * 4;
                Data::Text(text.get(within).unwrap_or_default().to_owned())
            }
        }
    }

    /// Where a chunk may end: at this place or, inside a character, behind it.
    fn boundary(&self, at: usize, end: usize) -> usize {
        let end = end.max(at).min(self.size());
        match self.carrier {
            Carrier::Octets | Carrier::Base64 => end,
            Carrier::Text => {
                let rest = self.octets(end..self.total);
                let inside = rest.iter().take_while(|octet| is_inside(**octet)).count();
                end + inside
            }
        }
    }

    /// The last place before this one where a chunk may end.
    fn before(&self, end: usize) -> usize {
        let end = end.saturating_sub(1);
        match self.carrier {
            Carrier::Octets | Carrier::Base64 => end,
            Carrier::Text => {
                let head = self.octets(end.saturating_sub(4)..end.saturating_add(1));
                let inside = head.iter().rev().take_while(|octet| is_inside(**octet));
                end.saturating_sub(inside.count())
            }
        }
    }

    /// Where the longest chunk ends that begins at `at` and costs no more than this.
    fn fit(&self, at: usize, room: i64, encoding: Encoding) -> usize {
        let Ok(room) = usize::try_from(room) else {
            return at;
        };
        let rest = self.size().saturating_sub(at);
        match (self.carrier, encoding) {
            (Carrier::Octets, _) => {
                let mut count = rest.min(room.saturating_sub(2));
                while count > 0 && opaque(count) > room {
                    count -= 1;
                }
                at + count
            }
            (Carrier::Base64, Encoding::Xml) => at + rest.min(room),
            (Carrier::Base64, Encoding::Wbxml) => at + rest.min(room.saturating_sub(INLINE)),
            (Carrier::Text, Encoding::Wbxml) => {
                let end = at + rest.min(room.saturating_sub(INLINE));
                if end < self.size() {
                    self.before(end + 1)
                } else {
                    end
                }
            }
            (Carrier::Text, Encoding::Xml) => {
                let rest = self.octets(at..self.total);
                let (mut used, mut end) = (0, at);
                let mut characters = rest.iter().enumerate().peekable();
                while let Some((_, octet)) = characters.next() {
                    let mut length = 1;
                    while characters
                        .next_if(|(_, octet)| is_inside(**octet))
                        .is_some()
                    {
                        length += 1;
                    }
                    used += if length == 1 { escaped(*octet) } else { length };
                    if used > room {
                        break;
                    }
                    end += length;
                }
                end
            }
        }
    }

    /// What a chunk costs between the tags of Data.
    fn cost(&self, part: Range<usize>, encoding: Encoding) -> i64 {
        let count = part.len();
        let cost = match (self.carrier, encoding) {
            (Carrier::Octets, _) => opaque(count),
            (Carrier::Base64 | Carrier::Text, Encoding::Wbxml) => count + INLINE,
            (Carrier::Base64, Encoding::Xml) => count,
            (Carrier::Text, Encoding::Xml) => {
                let text = self.octets(part);
                text.iter().map(|octet| escaped(*octet)).sum()
            }
        };
        i64::try_from(cost).unwrap_or(i64::MAX)
    }
}

/// What `<MoreData/>` costs in XML, which is more than in WBXML.
const OF_MORE_DATA: i64 = 11;

/// What Size costs with the Meta around it, in XML, at the most.
const OF_SIZE: i64 = 64;

/// Octets of a window beyond those of a message: what MoreData and Size leave, and the rest of a character or of a group of base64.
const MARGIN: usize = 128;

/// What surrounds a text in WBXML: STR_I and the octet at its end.
const INLINE: usize = 2;

/// How often a chunk is made smaller at the most.
const MAX_TRIES: u32 = 8;

/// Whether an octet of UTF-8 goes on with a character.
fn is_inside(octet: u8) -> bool {
    octet & 0xc0 == 0x80
}

/// What an octet of text costs in XML.
fn escaped(octet: u8) -> usize {
    match octet {
        b'&' | b'\r' => 5,
        b'<' | b'>' => 4,
        _ => 1,
    }
}

/// What so many octets cost as OPAQUE: its token, their number in groups of seven bits, and they.
fn opaque(count: usize) -> usize {
    let bits = usize::BITS - count.leading_zeros();
    1 + bits.div_ceil(7).max(1) as usize + count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syncml::{Command, Form, Header, Message, Operation};

    fn message(item: &Item, encoding: Encoding) -> usize {
        let operation = Operation {
            cmd_id: Some("2".to_owned()),
            items: vec![item.clone()],
            ..Operation::default()
        };
        let message = Message {
            header: Header {
                ver_dtd: "1.2".to_owned(),
                session_id: "1".to_owned(),
                msg_id: 2,
                ..Header::default()
            },
            commands: vec![Command::Replace(operation)],
            is_final: false,
        };
        let form = Form::of_version(encoding, "1.2");
        message.encode_as(&form).unwrap().len()
    }

    /// All chunks of a value, in messages of at most so many octets.
    fn chunks(data: &Data, most: usize, encoding: Encoding) -> Vec<Item> {
        let ready = ready(data.clone(), None, encoding);
        let all = Whole::of(&ready.octets, ready.carrier);
        let mut template = Item::at("./A");
        template.meta = ready.format.map(|format| Meta {
            format: Some(format.to_owned()),
            ..Meta::default()
        });
        let (mut at, mut items) = (0, Vec::new());
        while at < all.size() {
            let window = ready.carrier.window(at, most);
            let from = window.start;
            let window = window.start..window.end.min(ready.octets.len());
            let total = ready.octets.len();
            let whole = Whole::part(&ready.octets[window], from, total, ready.carrier);
            let left = |item: &Item| Some(most as i64 - message(item, encoding) as i64);
            let chunk = whole.chunk(&template, at, encoding, left).unwrap();
            assert!(chunk.end > at);
            // One more would not fit.
            let next = whole.boundary(chunk.end, chunk.end + 1);
            if chunk.item.more_data {
                let more = whole.item(&template, at..next);
                assert!(message(&more, encoding) > most, "{at}..{next}");
            }
            assert!(message(&chunk.item, encoding) <= most);
            at = chunk.end;
            items.push(chunk.item);
        }
        items
    }

    fn texts() -> Vec<String> {
        vec![
            "x".repeat(900),
            "<&>\r\n\"'".repeat(150),
            "a\u{e9}\u{20ac}\u{1f600}".repeat(100),
            "\u{1f600}".repeat(300),
            [" ".repeat(300), "&".repeat(200), "\u{20ac}".repeat(100)].concat(),
        ]
    }

    #[test]
    fn chunks_fill_their_messages_and_come_to_the_value() {
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            let least = message(&Item::at("./A"), encoding) + 120;
            for most in (least..least + 300).step_by(11) {
                for text in texts() {
                    let items = chunks(&Data::Text(text.clone()), most, encoding);
                    let joined: String = items
                        .iter()
                        .map(|item| item.data.as_ref().unwrap().as_text().unwrap())
                        .collect();
                    assert_eq!(joined, text);
                    check(&items, text.len());
                }
            }
        }
    }

    #[test]
    fn a_value_is_cut_where_it_does_not_fit_and_nowhere_else() {
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            for text in ["x".repeat(150), "\u{20ac}".repeat(60), "<".repeat(120)] {
                let whole = message(
                    &Item {
                        data: Some(Data::Text(text.clone())),
                        ..Item::at("./A")
                    },
                    encoding,
                );
                for most in whole - 30..whole + 3 {
                    let items = chunks(&Data::Text(text.clone()), most, encoding);
                    assert_eq!(items.len() == 1, most >= whole, "{most} of {whole}");
                }
            }
        }
    }

    /// MoreData on all but the last, Size on the first.
    fn check(items: &[Item], size: usize) {
        assert!(items.len() > 1);
        for (index, item) in items.iter().enumerate() {
            assert_eq!(item.more_data, index + 1 < items.len());
            let said = item.meta.as_ref().and_then(|meta| meta.size);
            assert_eq!(said, (index == 0).then_some(size as u32));
            assert_eq!(item.target, Item::at("./A").target);
        }
    }

    #[test]
    fn l16_octets_are_one_base64_text_in_xml_and_go_as_they_are_in_wbxml() {
        let octets: Vec<u8> = (0..1000u32).map(|octet| (octet * 7) as u8).collect();
        let data = Data::Octets(octets.clone());
        for most in (600..800).step_by(7) {
            let items = chunks(&data, most, Encoding::Xml);
            let text: String = items
                .iter()
                .map(|item| item.data.as_ref().unwrap().as_text().unwrap())
                .collect();
            assert_eq!(text, Base64::encode_string(&octets));
            check(&items, text.len());
            let is_b64 = |item: &Item| item.meta.as_ref().unwrap().format.as_deref() == Some("b64");
            assert!(items.iter().all(is_b64));
            let items = chunks(&data, most - 450, Encoding::Wbxml);
            let joined: Vec<u8> = items
                .iter()
                .flat_map(|item| match item.data.clone().unwrap() {
                    Data::Octets(octets) => octets,
                    other => panic!("{other:?}"),
                })
                .collect();
            assert_eq!(joined, octets);
            check(&items, octets.len());
        }
    }

    #[test]
    fn a_value_that_fits_is_one_chunk_without_more_data_and_size() {
        for text in ["", "x", "xy", "\u{20ac}"] {
            let whole = Whole::of(text.as_bytes(), Carrier::Text);
            let chunk = whole.chunk(&Item::at("./A"), 0, Encoding::Xml, |_| Some(0));
            let item = Item {
                data: Some(Data::Text(text.to_owned())),
                ..Item::at("./A")
            };
            let end = text.len();
            assert_eq!(chunk, Some(Chunk { item, end }));
        }
    }

    #[test]
    fn where_no_character_fits_there_is_no_chunk() {
        let octets = "\u{20ac}\u{20ac}".as_bytes();
        for carrier in [Carrier::Text, Carrier::Base64, Carrier::Octets] {
            let whole = Whole::of(octets, carrier);
            for left in [None, Some(-1), Some(-10_000)] {
                let chunk = whole.chunk(&Item::at("./A"), 0, Encoding::Wbxml, |_| left);
                assert_eq!(chunk, None);
            }
        }
    }

    #[test]
    fn markup_is_cut_as_the_text_that_it_is() {
        let markup = |markup: &str| ready(Data::Markup(markup.to_owned()), None, Encoding::Xml);
        let of_element = markup("<a>1</a>");
        assert_eq!(of_element.octets, b"<a>1</a>");
        assert_eq!(of_element.format, Some("xml"));
        let of_text = markup("a&amp;b");
        assert_eq!(
            (of_text.octets.as_slice(), of_text.format),
            (&b"a&b"[..], None)
        );
    }

    #[test]
    fn what_format_says_of_octets_stays() {
        let octets = || Data::Octets(b"abc".to_vec());
        let meta = |format: &str| Meta {
            format: Some(format.to_owned()),
            ..Meta::default()
        };
        for (format, encoding, carrier, said) in [
            ("bin", Encoding::Xml, Carrier::Base64, Some("b64")),
            ("b64", Encoding::Xml, Carrier::Base64, None),
            ("b64", Encoding::Wbxml, Carrier::Base64, None),
            ("bin", Encoding::Wbxml, Carrier::Octets, None),
            ("int", Encoding::Wbxml, Carrier::Octets, Some("bin")),
        ] {
            let ready = ready(octets(), Some(&meta(format)), encoding);
            assert_eq!((ready.carrier, ready.format), (carrier, said), "{format}");
        }
    }

    #[test]
    fn behind_the_end_there_is_no_chunk() {
        for carrier in [Carrier::Text, Carrier::Base64, Carrier::Octets] {
            for at in [5, 8, 100, usize::MAX - 3, usize::MAX] {
                let whole = Whole::of(b"abc", carrier);
                let chunk = whole.chunk(&Item::at("./A"), at, Encoding::Xml, |_| Some(1000));
                assert_eq!(chunk, None);
            }
        }
    }
}

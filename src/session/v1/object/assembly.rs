//! Putting together what arrives in chunks. Octets are joined before anything of them is decoded, and count as they were transported.

use serde::{Deserialize, Serialize};

use crate::auth::Fingerprint;
use crate::checksum::{Checksum, checksum};
use crate::limits::Limits;
use crate::status::StatusCode;
use crate::syncml::{Data, Item, Joined, Meta};

use super::parts::{Parts, Run};

/// What a chunk is for. Every further chunk must be for the same, as far as it says anything: Meta should be repeated (chapter 8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::session::v1) struct Purpose {
    /// The element name of the command.
    pub(in crate::session::v1) command: String,
    pub(in crate::session::v1) target: Option<String>,
    pub(in crate::session::v1) source: Option<String>,
    pub(in crate::session::v1) format: Option<String>,
    pub(in crate::session::v1) mime: Option<String>,
    /// What else must not change: the command that Results answer, or the groups around, with all that is in them.
    pub(in crate::session::v1) around: Option<Fingerprint>,
}

impl Purpose {
    /// That of an item. `meta` is what holds for all items of its command, that of the groups around included.
    pub(in crate::session::v1) fn of(
        command: &str,
        item: &Item,
        meta: Option<&Meta>,
        around: Option<Fingerprint>,
    ) -> Self {
        let qualities = [item.meta.as_ref(), meta];
        let said = |field: fn(&Meta) -> Option<&String>| {
            let said = qualities.into_iter().flatten().find_map(field);
            said.filter(|said| !said.is_empty()).cloned()
        };
        Self {
            command: command.to_owned(),
            target: item.target.as_ref().map(|target| target.uri.clone()),
            source: item.source.as_ref().map(|source| source.uri.clone()),
            format: said(|meta| meta.format.as_ref()),
            mime: said(|meta| meta.mime.as_ref()),
            around,
        }
    }

    /// Whether a further chunk is for the same.
    pub(super) fn covers(&self, next: &Self) -> bool {
        let is_said = |before: &Option<String>, next: &Option<String>, default: &str| {
            let before = before.as_deref().unwrap_or(default);
            next.as_deref().is_none_or(|next| next == before)
        };
        self.is_same(next)
            && is_said(&self.format, &next.format, "chr")
            && is_said(&self.mime, &next.mime, "text/plain")
    }

    /// A short name of the place.
    pub(super) fn place(&self) -> Checksum {
        let mut octets = Vec::new();
        for said in [
            Some(&self.command),
            self.target.as_ref(),
            self.source.as_ref(),
        ] {
            let length = said.map_or(0, |said| 1 + said.len() as u64);
            octets.extend(length.to_be_bytes());
            octets.extend(said.into_iter().flat_map(|said| said.bytes()));
        }
        octets.extend(self.around.iter().flatten());
        checksum(0, &octets)
    }

    fn is_same(&self, next: &Self) -> bool {
        self.command == next.command
            && self.target == next.target
            && self.source == next.source
            && self.around == next.around
    }

    /// Whether another is for the same place, whatever is said of its value. Without a place that is what tells them apart.
    pub(super) fn is_at(&self, next: &Self) -> bool {
        let has_place = self.target.is_some() || self.source.is_some();
        self.is_same(next) && (has_place || self.covers(next))
    }
}

/// How much may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session::v1) struct Bounds {
    /// Octets of one object.
    pub(in crate::session::v1) object: u32,
    /// Octets for which there is room.
    pub(in crate::session::v1) room: u64,
}

/// An object of which not all has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::session::v1) struct Assembly {
    purpose: Purpose,
    size: u32,
    received: Run,
    /// Whether a chunk came as octets: then it is for the whole to say what they are.
    is_opaque: bool,
}

/// An object of which all has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::session::v1) struct Arrived {
    pub(in crate::session::v1) purpose: Purpose,
    pub(in crate::session::v1) run: Run,
    is_opaque: bool,
}

/// The size that a first chunk says. The error is the status to answer: 411 where it says none, 400 where that is no number above 0.
pub(in crate::session::v1) fn declared(
    item: &Item,
    meta: Option<&Meta>,
) -> Result<u32, StatusCode> {
    let mut metas = [item.meta.as_ref(), meta].into_iter().flatten();
    let said = metas.find_map(|meta| match meta.size {
        Some(size) => Some(Some(size)),
        None => meta.odd_size().then_some(None),
    });
    match said {
        Some(Some(size)) if size > 0 => Ok(size),
        Some(_) => Err(StatusCode::BAD_REQUEST),
        None => Err(StatusCode::SIZE_REQUIRED),
    }
}

impl Assembly {
    /// Of an object that has announced its size, before anything of it is kept. The error is the status to answer: 413.
    pub(in crate::session::v1) fn new(
        purpose: Purpose,
        size: u32,
        bounds: Bounds,
    ) -> Result<Self, StatusCode> {
        if size > bounds.object || u64::from(size) > bounds.room {
            return Err(StatusCode::TOO_LARGE);
        }
        Ok(Self {
            purpose,
            size,
            received: Run::default(),
            is_opaque: false,
        })
    }

    /// What the object is for.
    pub(in crate::session::v1) fn purpose(&self) -> &Purpose {
        &self.purpose
    }

    /// Octets that the object was announced to have.
    pub(in crate::session::v1) fn size(&self) -> u32 {
        self.size
    }

    /// Octets that have come.
    pub(in crate::session::v1) fn received(&self) -> u32 {
        self.received.len()
    }

    /// The same, announced with another size.
    #[cfg(test)]
    pub(in crate::session::v1) fn announced(self, size: u32) -> Self {
        Self { size, ..self }
    }

    /// Whether it can be: no more has come than was announced.
    pub(in crate::session::v1) fn is_sound(&self) -> bool {
        self.received.len() <= self.size
    }

    /// Where its octets lie, and how many are to be expected: all of them once a quarter has come. What is only promised is no reason to make room.
    pub(in crate::session::v1) fn expected(&self) -> (Run, usize) {
        let (size, received) = (self.size as usize, self.received.len() as usize);
        let is_near = size <= 4 * received;
        (self.received.clone(), if is_near { size } else { received })
    }

    /// Whether the next chunk is this one. One that says another size begins another object.
    pub(in crate::session::v1) fn goes_on(
        &self,
        next: &Purpose,
        declared: Result<u32, StatusCode>,
    ) -> bool {
        let is_same_size = match declared {
            Ok(size) => size == self.size,
            Err(code) => code == StatusCode::SIZE_REQUIRED,
        };
        is_same_size && self.purpose.covers(next)
    }

    /// Takes a chunk in. The error is the status to answer, behind which the object is to be [dropped](Self::drop): 424 where it is more
    /// than was announced or, with the last chunk, less; 413 where there is no room left for it.
    pub(in crate::session::v1) fn take(
        &mut self,
        chunk: Option<&Data>,
        is_last: bool,
        parts: &mut Parts,
        bounds: Bounds,
    ) -> Result<(), StatusCode> {
        let octets = chunk.map(octets).unwrap_or_default();
        let total = u64::from(self.received.len()).saturating_add(octets.len() as u64);
        let size = u64::from(self.size);
        if total > size || (is_last && total < size) {
            return Err(StatusCode::SIZE_MISMATCH);
        }
        if octets.len() as u64 > bounds.room {
            return Err(StatusCode::TOO_LARGE);
        }
        self.is_opaque |= matches!(chunk, Some(Data::Octets(_)));
        parts.append(&mut self.received, octets);
        let (run, expected) = self.expected();
        if expected > run.len() as usize {
            parts.gather(&run, expected);
        }
        Ok(())
    }

    /// The object, when the last chunk is in.
    pub(in crate::session::v1) fn into_arrived(self) -> Arrived {
        Arrived {
            purpose: self.purpose,
            run: self.received,
            is_opaque: self.is_opaque,
        }
    }

    /// Forgets what has come.
    pub(in crate::session::v1) fn drop(self, parts: &mut Parts) {
        parts.drop(self.received);
    }
}

impl Arrived {
    /// Puts the value into the item of its last chunk, and what Meta has said of it before. The octets are lent as long as the item has them
    /// as they came.
    pub(in crate::session::v1) fn fill(&self, item: &mut Item, parts: &mut Parts, limits: &Limits) {
        let meta = item.meta.get_or_insert_default();
        meta.size = None;
        let said = [
            (&mut meta.format, &self.purpose.format),
            (&mut meta.mime, &self.purpose.mime),
        ];
        for (own, said) in said {
            if own.as_ref().is_none_or(String::is_empty) {
                own.clone_from(said);
            }
        }
        let octets = parts.lend(&self.run);
        item.data = Some(match Joined::of(octets, meta, self.is_opaque, limits) {
            Joined::Plain(data) => data,
            Joined::Expanded { data, mime, octets } => {
                meta.mime = Some(mime);
                parts.put_back(&self.run, &octets);
                data
            }
        });
    }
}

/// The octets of a value as they are transported.
pub(in crate::session::v1) fn octets(data: &Data) -> &[u8] {
    match data {
        Data::Text(text) | Data::Markup(text) => text.as_bytes(),
        Data::Octets(octets) => octets,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syncml::{Attributes, RawChild, RawElement};

    const BOUNDS: Bounds = Bounds {
        object: 100,
        room: 1_000,
    };

    fn text(text: &str) -> Data {
        Data::Text(text.to_owned())
    }

    fn item(format: Option<&str>, mime: Option<&str>, size: Option<u32>) -> Item {
        Item {
            meta: Some(Meta {
                format: format.map(str::to_owned),
                mime: mime.map(str::to_owned),
                size,
                ..Meta::default()
            }),
            ..Item::at("./A")
        }
    }

    fn purpose() -> Purpose {
        Purpose::of("Add", &item(Some("bin"), Some("a/b"), None), None, None)
    }

    fn assemble(size: u32, chunks: &[&str]) -> Result<Vec<u8>, (usize, StatusCode)> {
        let mut parts = Parts::default();
        let mut assembly = Assembly::new(purpose(), size, BOUNDS).map_err(|code| (0, code))?;
        for (at, chunk) in (1..).zip(chunks) {
            let is_last = at == chunks.len();
            if let Err(code) = assembly.take(Some(&text(chunk)), is_last, &mut parts, BOUNDS) {
                assembly.drop(&mut parts);
                assert_eq!(parts.held(), 0);
                return Err((at, code));
            }
            assert_eq!(parts.held(), u64::from(assembly.received()));
        }
        Ok(parts.lend(&assembly.into_arrived().run))
    }

    #[test]
    fn l01_l02_l06_l17_chunks_come_to_their_size_or_to_424() {
        let mismatch = |at| Err((at, StatusCode(424)));
        for (size, chunks, expected) in [
            (9, vec!["abc", "def", "ghi"], Ok(b"abcdefghi".to_vec())),
            (9, vec!["abc", "", "defghi", ""], Ok(b"abcdefghi".to_vec())),
            (10, vec!["abc", "def", "ghi"], mismatch(3)),
            (8, vec!["abc", "def", "ghi"], mismatch(3)),
            (5, vec!["abc", "def", "ghi"], mismatch(2)),
            (2, vec!["abc", "d"], mismatch(1)),
            (100, vec!["x"; 100], Ok(vec![b'x'; 100])),
            (101, vec!["x"; 101], Err((0, StatusCode(413)))),
        ] {
            assert_eq!(assemble(size, &chunks), expected, "{size} {chunks:?}");
        }
    }

    #[test]
    fn l01_room_for_all_is_made_once_when_a_quarter_has_come() {
        let mut parts = Parts::default();
        let mut assembly = Assembly::new(purpose(), 100, BOUNDS).unwrap();
        let mut first_lies_at = |length: usize, is_last: bool| {
            let chunk = text(&"x".repeat(length));
            let taken = assembly.take(Some(&chunk), is_last, &mut parts, BOUNDS);
            taken.unwrap();
            parts.each().next().unwrap().1.as_ptr()
        };
        let places = [first_lies_at(24, false), first_lies_at(1, false)];
        assert_ne!(places[0], places[1]);
        assert_eq!(first_lies_at(30, false), places[1]);
        assert_eq!(first_lies_at(45, true), places[1]);
        let lent = parts.lend(&assembly.into_arrived().run);
        assert_eq!((lent.as_ptr(), lent.len()), (places[1], 100));
    }

    #[test]
    fn l16_octets_are_joined_before_they_are_decoded() {
        let (mut parts, bounds) = (Parts::default(), BOUNDS);
        let mut assembly = Assembly::new(purpose(), 4, bounds).unwrap();
        let [first, second] = [vec![0x61, 0xe2], vec![0x82, 0xac]].map(Data::Octets);
        assembly
            .take(Some(&first), false, &mut parts, bounds)
            .unwrap();
        assembly
            .take(Some(&second), true, &mut parts, bounds)
            .unwrap();
        assert_eq!(parts.lend(&assembly.into_arrived().run), "a€".as_bytes());
    }

    #[test]
    fn l19_without_room_nothing_more_is_kept() {
        let bounds = |room| Bounds { room, ..BOUNDS };
        let mut parts = Parts::default();
        let mut assembly = Assembly::new(purpose(), 9, bounds(9)).unwrap();
        let chunk = text("abc");
        assembly
            .take(Some(&chunk), false, &mut parts, bounds(3))
            .unwrap();
        let refused = assembly.take(Some(&chunk), false, &mut parts, bounds(2));
        assert_eq!(refused, Err(StatusCode(413)));
        assert_eq!(
            (assembly.received(), assembly.size(), parts.held()),
            (3, 9, 3)
        );
        let refused = Assembly::new(purpose(), 9, bounds(8));
        assert_eq!(refused, Err(StatusCode(413)));
    }

    #[test]
    fn l03_l04_a_first_chunk_says_a_size_above_0() {
        let odd = |said: &str| {
            let mut item = item(None, None, None);
            let size = RawElement {
                ns: "syncml:metinf".to_owned(),
                name: "Size".to_owned(),
                children: vec![RawChild::Text(said.to_owned())],
                attributes: Attributes::default(),
            };
            item.meta.get_or_insert_default().extra.push(size);
            item
        };
        let around = Meta {
            size: Some(7),
            ..Meta::default()
        };
        for (item, around, expected) in [
            (item(None, None, Some(5)), None, Ok(5)),
            (item(None, None, Some(u32::MAX)), None, Ok(u32::MAX)),
            (item(None, None, Some(5)), Some(&around), Ok(5)),
            (item(None, None, None), Some(&around), Ok(7)),
            (item(None, None, None), None, Err(411)),
            (Item::at("./A"), None, Err(411)),
            (item(None, None, Some(0)), None, Err(400)),
            (item(None, None, Some(0)), Some(&around), Err(400)),
            (odd("-1"), None, Err(400)),
            (odd("4294967296"), None, Err(400)),
            (odd("many"), Some(&around), Err(400)),
        ] {
            assert_eq!(declared(&item, around), expected.map_err(StatusCode));
        }
    }

    #[test]
    fn l09_a_chunk_for_something_else_does_not_go_on() {
        let assembly = Assembly::new(purpose(), 9, BOUNDS).unwrap();
        let same = item(Some("bin"), Some("a/b"), None);
        let of = |command: &str, item: &Item| Purpose::of(command, item, None, None);
        let missing = Err(StatusCode::SIZE_REQUIRED);
        let elsewhere = Item {
            target: Item::at("./B").target,
            ..same.clone()
        };
        let from = Item {
            source: Item::at("./B").target,
            ..same.clone()
        };
        for (next, goes_on) in [
            (of("Add", &same), true),
            (of("Add", &Item::at("./A")), true),
            (of("Replace", &same), false),
            (of("Add", &elsewhere), false),
            (of("Add", &from), false),
            (of("Add", &item(Some("chr"), Some("a/b"), None)), false),
            (of("Add", &item(Some("bin"), Some("a/c"), None)), false),
            (Purpose::of("Add", &same, None, Some([1; 32])), false),
        ] {
            assert_eq!(assembly.goes_on(&next, missing), goes_on, "{next:?}");
        }
        let again = of("Add", &same);
        assert!(assembly.goes_on(&again, Ok(9)), "who repeats all of Meta");
        for size in [Ok(8), Err(StatusCode::BAD_REQUEST)] {
            assert!(!assembly.goes_on(&again, size));
        }
        let plain = Assembly::new(of("Add", &Item::at("./A")), 9, BOUNDS).unwrap();
        let said = of("Add", &item(Some("chr"), Some("text/plain"), None));
        assert!(plain.goes_on(&said, missing), "these are the defaults");
    }

    #[test]
    fn format_and_type_are_those_of_the_item_or_of_what_is_around_it() {
        let around = Meta::of("xml", "c/d");
        let of = |item: &Item| {
            let purpose = Purpose::of("Add", item, Some(&around), None);
            (purpose.format.unwrap(), purpose.mime.unwrap())
        };
        let pair = |format: &str, mime: &str| (format.to_owned(), mime.to_owned());
        assert_eq!(of(&item(Some("bin"), None, None)), pair("bin", "c/d"));
        assert_eq!(of(&item(None, Some("a/b"), None)), pair("xml", "a/b"));
        assert_eq!(of(&Item::at("./A")), pair("xml", "c/d"));
    }
}

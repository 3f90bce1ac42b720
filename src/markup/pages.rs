//! The WBXML code pages of device management: one table, read both ways (Representation Protocol, section on WBXML; TND, token table).

use std::borrow::Cow;

mod slots;

use slots::Slots;

/// The first tag token of a page.
const FIRST: u8 = 0x05;

/// The namespace of the elements that qualify data.
pub(crate) const METINF: &str = "syncml:metinf";
/// The namespace of device descriptions and serialised trees.
pub(crate) const DMDDF: &str = "syncml:dmddf1.2";
/// The namespace of device information in data synchronisation.
pub(crate) const DEVINF: &str = "syncml:devinf";

/// The token of an element whose value may be an inline tree: Data.
pub(crate) const DATA: u8 = 0x0f;

/// The token of the element that Data belongs to: Item.
pub(crate) const ITEM: u8 = 0x14;

/// Whose names a page holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    /// SyncML of the document's version.
    SyncMl,
    /// Meta information.
    MetInf,
    /// Device descriptions and serialised trees.
    DmDdf,
    /// Device information.
    DevInf,
}

impl Space {
    /// The space of a namespace by its name; elements without namespace count as SyncML's.
    pub(crate) fn of(namespace: &str) -> Option<Self> {
        match namespace {
            METINF => Some(Self::MetInf),
            DMDDF => Some(Self::DmDdf),
            DEVINF => Some(Self::DevInf),
            _ => {
                let is_syncml = namespace.is_empty() || namespace.starts_with("SYNCML:SYNCML");
                is_syncml.then_some(Self::SyncMl)
            }
        }
    }
}

/// What a document is written in; decides which pages there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// A message, in the namespace of its version.
    SyncMl(&'static str),
    /// Device information.
    DevInf,
    /// A device description or serialised tree.
    DmDdf,
}

const SYNCML_1_0: Language = Language::SyncMl("SYNCML:SYNCML1.0");
const SYNCML_1_1: Language = Language::SyncMl("SYNCML:SYNCML1.1");
const SYNCML_1_2: Language = Language::SyncMl("SYNCML:SYNCML1.2");

/// The public identifier that says nothing.
pub(crate) const UNKNOWN_ID: u32 = 1;

/// Public identifiers as numbers. The spelling with 0x11 is not registered, but sent.
const NUMBERS: [(u32, Language); 7] = [
    (0x0fd1, SYNCML_1_0),
    (0x0fd3, SYNCML_1_1),
    (0x1101, SYNCML_1_1),
    (0x1201, SYNCML_1_2),
    (0x0fd2, Language::DevInf),
    (0x0fd4, Language::DevInf),
    (0x1203, Language::DevInf),
];

/// Public identifiers as text; upper and lower case are the same.
const TEXTS: [(&str, Language); 7] = [
    ("-//SYNCML//DTD SyncML 1.0//EN", SYNCML_1_0),
    ("-//SYNCML//DTD SyncML 1.1//EN", SYNCML_1_1),
    ("-//SYNCML//DTD SyncML 1.2//EN", SYNCML_1_2),
    ("-//SYNCML//DTD DevInf 1.0//EN", Language::DevInf),
    ("-//SYNCML//DTD DevInf 1.1//EN", Language::DevInf),
    ("-//SYNCML//DTD DevInf 1.2//EN", Language::DevInf),
    (DMDDF_TEXT, Language::DmDdf),
];

/// The public identifier of device descriptions: no number is registered for it.
pub(crate) const DMDDF_TEXT: &str = "-//OMA//DTD-DM-DDF 1.2//EN";

#[rustfmt::skip]
const SYNCML: [&str; 56] = [
    "Add", "Alert", "Archive", "Atomic", "Chal", "Cmd", "CmdID", "CmdRef", "Copy", "Cred", "Data", "Delete", "Exec", "Final",
    "Get", "Item", "Lang", "LocName", "LocURI", "Map", "MapItem", "Meta", "MsgID", "MsgRef", "NoResp", "NoResults", "Put",
    "Replace", "RespURI", "Results", "Search", "Sequence", "SessionID", "SftDel", "Source", "SourceRef", "Status", "Sync",
    "SyncBody", "SyncHdr", "SyncML", "Target", "TargetRef", "", "VerDTD", "VerProto", "NumberOfChanges", "MoreData", "Field",
    "Filter", "Record", "FilterType", "SourceParent", "TargetParent", "Move", "Correlator",
];

#[rustfmt::skip]
const METINF_NAMES: [&str; 18] = [
    "Anchor", "EMI", "Format", "FreeID", "FreeMem", "Last", "Mark", "MaxMsgSize", "Mem", "MetInf", "Next", "NextNonce",
    "SharedMem", "Size", "Type", "Version", "MaxObjSize", "FieldLevel",
];

#[rustfmt::skip]
const DMDDF_NAMES: [&str; 56] = [
    "AccessType", "ACL", "Add", "b64", "bin", "bool", "chr", "CaseSense", "CIS", "Copy", "CS", "date", "DDFName", "DefaultValue",
    "Delete", "Description", "DFFormat", "DFProperties", "DFTitle", "DFType", "Dynamic", "Exec", "float", "Format", "Get", "int",
    "Man", "MgmtTree", "MIME", "Mod", "Name", "Node", "node", "NodeName", "null", "Occurrence", "One", "OneOrMore", "OneOrN",
    "Path", "Permanent", "Replace", "RTProperties", "Scope", "Size", "time", "Title", "TStamp", "Type", "Value", "VerDTD",
    "VerNo", "xml", "ZeroOrMore", "ZeroOrN", "ZeroOrOne",
];

#[rustfmt::skip]
const DEVINF_NAMES: [&str; 48] = [
    "CTCap", "CTType", "DataStore", "DataType", "DevID", "DevInf", "DevTyp", "DisplayName", "DSMem", "Ext", "FwV", "HwV", "Man",
    "MaxGUIDSize", "MaxID", "MaxMem", "Mod", "OEM", "ParamName", "PropName", "Rx", "Rx-Pref", "SharedMem", "MaxSize",
    "SourceRef", "SwV", "SyncCap", "SyncType", "Tx", "Tx-Pref", "ValEnum", "VerCT", "VerDTD", "XNam", "XVal", "UTC",
    "SupportNumberOfChanges", "SupportLargeObjs", "Property", "PropParam", "MaxOccur", "NoTruncate", "", "Filter-Rx", "FilterCap",
    "FilterKeyword", "FieldLevel", "SupportHierarchicalSync",
];

static SYNCML_SLOTS: Slots = Slots::of(&SYNCML);
static METINF_SLOTS: Slots = Slots::of(&METINF_NAMES);
static DMDDF_SLOTS: Slots = Slots::of(&DMDDF_NAMES);
static DEVINF_SLOTS: Slots = Slots::of(&DEVINF_NAMES);

/// A page of a language: its number, whose names it holds, and these in the order of their tokens; the empty name is not assigned.
struct Page(u8, Space, &'static [&'static str]);

/// Whose names a page holds, and these in the order of their tokens.
#[derive(Clone, Copy)]
pub(crate) struct Names(Space, &'static [&'static str]);

impl Names {
    /// The name of a tag token, without its two flags.
    #[inline]
    pub(crate) fn of(self, token: u8) -> Option<(Space, &'static str)> {
        let name = self.1.get(usize::from(token.checked_sub(FIRST)?))?;
        (!name.is_empty()).then_some((self.0, *name))
    }
}

const MESSAGE_PAGES: [Page; 3] = [
    Page(0, Space::SyncMl, &SYNCML),
    Page(1, Space::MetInf, &METINF_NAMES),
    Page(2, Space::DmDdf, &DMDDF_NAMES),
];
const DEVINF_PAGES: [Page; 2] = [
    Page(0, Space::DevInf, &DEVINF_NAMES),
    Page(1, Space::MetInf, &METINF_NAMES),
];
const DMDDF_PAGES: [Page; 1] = [Page(2, Space::DmDdf, &DMDDF_NAMES)];

impl Language {
    /// The language with this number as its public identifier.
    pub(crate) fn of_number(number: u32) -> Option<Self> {
        let known = NUMBERS.iter().find(|(known, _)| *known == number);
        known.map(|(_, language)| *language)
    }

    /// The language with this text as its public identifier.
    pub(crate) fn of_text(text: &str) -> Option<Self> {
        let same = |(known, _): &&(&str, Self)| known.eq_ignore_ascii_case(text);
        TEXTS.iter().find(same).map(|(_, language)| *language)
    }

    /// What a document whose public identifier says nothing is written in, by the page and the token of its root.
    pub(crate) fn of_root(page: u8, token: u8) -> Option<Self> {
        match (page, SYNCML_1_2.name(page, token)) {
            (0, Some((Space::SyncMl, "SyncML"))) => Some(SYNCML_1_2),
            (2, Some((Space::DmDdf, "MgmtTree"))) => Some(Self::DmDdf),
            _ => None,
        }
    }

    fn pages(self) -> &'static [Page] {
        match self {
            Self::SyncMl(_) => &MESSAGE_PAGES,
            Self::DevInf => &DEVINF_PAGES,
            Self::DmDdf => &DMDDF_PAGES,
        }
    }

    /// Whose names a page holds.
    pub(crate) fn space(self, page: u8) -> Option<Space> {
        let found = self.pages().iter().find(|Page(number, ..)| *number == page);
        found.map(|Page(_, space, _)| *space)
    }

    /// The name of a tag token, without its two flags.
    pub(crate) fn name(self, page: u8, token: u8) -> Option<(Space, &'static str)> {
        self.names(page)?.of(token)
    }

    /// The names of a page.
    pub(crate) fn names(self, page: u8) -> Option<Names> {
        let mut pages = self.pages().iter();
        let Page(_, space, names) = pages.find(|Page(number, ..)| *number == page)?;
        Some(Names(*space, names))
    }

    /// The page and the token of a name.
    pub(crate) fn token(self, space: Space, name: &str) -> Option<(u8, u8)> {
        let mut pages = self.pages().iter();
        let Page(number, _, names) = pages.find(|Page(_, known, _)| *known == space)?;
        let slots = match space {
            Space::SyncMl => &SYNCML_SLOTS,
            Space::MetInf => &METINF_SLOTS,
            Space::DmDdf => &DMDDF_SLOTS,
            Space::DevInf => &DEVINF_SLOTS,
        };
        Some((*number, slots.find(names, name)?.checked_add(FIRST)?))
    }

    /// The name of the namespace that a space has in this language.
    pub(crate) fn namespace(self, space: Space) -> Cow<'static, str> {
        Cow::Borrowed(match (space, self) {
            (Space::SyncMl, Self::SyncMl(namespace)) => namespace,
            (Space::SyncMl, _) => "",
            (Space::MetInf, _) => METINF,
            (Space::DmDdf, _) => DMDDF,
            (Space::DevInf, _) => DEVINF,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_its_own_reverse() {
        let mut count = 0;
        for language in [SYNCML_1_2, Language::DevInf, Language::DmDdf] {
            for page in 0..=255 {
                for token in 0..=0x3f {
                    if let Some((space, name)) = language.name(page, token) {
                        assert_eq!(language.token(space, name), Some((page, token)), "{name}");
                        count += 1;
                    }
                }
            }
        }
        assert_eq!(count, (55 + 18 + 56) + (47 + 18) + 56);
    }

    #[test]
    fn tokens_stand_where_the_tables_of_the_specifications_have_them() {
        for (page, token, name) in [
            (0, 0x05, "Add"),
            (0, 0x0f, "Data"),
            (0, 0x12, "Final"),
            (0, 0x1a, "Meta"),
            (0, 0x20, "Replace"),
            (0, 0x2d, "SyncML"),
            (0, 0x2f, "TargetRef"),
            (0, 0x31, "VerDTD"),
            (0, 0x34, "MoreData"),
            (0, 0x3c, "Correlator"),
            (1, 0x05, "Anchor"),
            (1, 0x07, "Format"),
            (1, 0x10, "NextNonce"),
            (1, 0x13, "Type"),
            (1, 0x16, "FieldLevel"),
            (2, 0x05, "AccessType"),
            (2, 0x0b, "chr"),
            (2, 0x20, "MgmtTree"),
            (2, 0x24, "Node"),
            (2, 0x25, "node"),
            (2, 0x2f, "RTProperties"),
            (2, 0x36, "Value"),
            (2, 0x3c, "ZeroOrOne"),
        ] {
            assert_eq!(
                SYNCML_1_2.name(page, token).map(|found| found.1),
                Some(name)
            );
        }
        for (token, name) in [
            (0x0a, "DevInf"),
            (0x1c, "MaxSize"),
            (0x1d, "SourceRef"),
            (0x28, "UTC"),
            (0x2b, "Property"),
            (0x30, "Filter-Rx"),
            (0x34, "SupportHierarchicalSync"),
        ] {
            let found = Language::DevInf.name(0, token);
            assert_eq!(found, Some((Space::DevInf, name)));
        }
        for (page, token) in [
            (0, 0x04),
            (0, 0x30),
            (0, 0x3d),
            (1, 0x17),
            (2, 0x3d),
            (3, 5),
        ] {
            assert_eq!(SYNCML_1_2.name(page, token), None);
        }
    }
}

//! SyncBody, read command by command.
//!
//! The commands leave the document while the message is still being read, so that it never holds more than one of them. What is wrong is
//! said in the order of the grammar, which looks at the whole first: where anything is wrong, the message is read again as a whole.

use crate::error::Result;
use crate::limits::Limits;
use crate::markup::element::{Element, Part, Parts};

use super::command::Command;
use super::message::meant_namespace;
use super::read::{Reader, flag, name, once};

/// What has been read of SyncBody.
pub(super) struct Body<'l> {
    pub(super) commands: Vec<Command>,
    pub(super) is_final: Option<bool>,
    reader: Reader<'l>,
    /// Octets of the message.
    octets: usize,
    has_header: bool,
    is_wrong: bool,
}

impl<'l> Body<'l> {
    /// Nothing, of a message of so many octets.
    pub(super) fn of(octets: usize, limits: &'l Limits) -> Self {
        Self {
            commands: Vec::new(),
            is_final: None,
            reader: Reader::new(limits),
            octets,
            has_header: false,
            is_wrong: false,
        }
    }

    /// Reads a child of SyncBody.
    pub(super) fn child(&mut self, child: Element<'_>) -> Result<()> {
        match name(child) {
            "Final" => once(&mut self.is_final, flag(child)?, child),
            _ => {
                self.make_room(child.range().end);
                self.commands.push(Command::parse(child, &mut self.reader)?);
                Ok(())
            }
        }
    }

    /// Makes room for as many commands as will come if they go on as they did up to `offset`, and for no more than as many again.
    fn make_room(&mut self, offset: usize) {
        let count = self.commands.len();
        if count == self.commands.capacity() {
            let left = self.octets.saturating_sub(offset) as u64;
            let expected = count as u64 * left / offset.max(1) as u64;
            let most = count.max(4);
            let more = usize::try_from(expected).map_or(most, |more| more + more / 8);
            self.commands
                .reserve_exact(more.clamp(most.div_ceil(4), most));
        }
    }

    /// Whether nothing was found wrong while the message was read in parts.
    pub(super) const fn is_fine(&self) -> bool {
        !self.is_wrong
    }

    /// What becomes of an element, unless the whole has to be looked at.
    fn take(&mut self, element: Element<'_>, depth: usize) -> Option<Part> {
        let around = element.parent();
        match (depth, name(around), name(element)) {
            (1, root, _) if root != "SyncML" => None,
            (1, _, "SyncHdr") if !self.has_header => {
                self.has_header = true;
                let meant = meant_namespace(around, element);
                meant
                    .is_none_or(|namespace| namespace == around.ns())
                    .then_some(Part::Keep)
            }
            (2, "SyncBody", _) => {
                let is_read = self.has_header && self.child(element).is_ok();
                is_read.then_some(Part::Cut)
            }
            _ => Some(Part::Keep),
        }
    }
}

impl Parts for Body<'_> {
    fn part(&mut self, element: Element<'_>, depth: usize) -> Part {
        self.take(element, depth).unwrap_or_else(|| {
            self.is_wrong = true;
            Part::Stop
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::error::{Code, Result};
    use crate::limits::Limits;
    use crate::syncml::encoding::Encoding;
    use crate::syncml::message::Message;

    const HEADER: &str = "<SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>t</LocURI></Target><Source><LocURI>s</LocURI></Source></SyncHdr>";

    fn message(header: &str, body: &str) -> String {
        format!("<SyncML xmlns='SYNCML:SYNCML1.2'>{header}{body}</SyncML>")
    }

    fn command(name: &str, id: usize, inside: &str) -> String {
        format!("<{name}><CmdID>{id}</CmdID>{inside}</{name}>")
    }

    fn item(data: &str) -> String {
        format!("<Item><Target><LocURI>./A</LocURI></Target><Data>{data}</Data></Item>")
    }

    /// Reads both ways; where it can be read, both say the same.
    fn read(body: &[u8], encoding: Encoding) -> Result<Message> {
        let whole = Message::read_whole(body, encoding, &Limits::DEFAULT);
        let parts = Message::read_parts(body, encoding, &Limits::DEFAULT);
        let text = || String::from_utf8_lossy(body).into_owned();
        assert_eq!(parts, whole.as_ref().ok().cloned(), "{}", text());
        whole.map(|(message, _)| message)
    }

    #[test]
    fn in_parts_the_same_is_read_as_of_the_whole() {
        let attributes = "<Data x='1' y='&lt;'>";
        let bodies = [
            String::new(),
            "<Final/>".to_owned(),
            command("Replace", 1, &item("a")) + "<Final/>" + &command("Replace", 2, &item("b")),
            format!(
                " \n{}<!-- x -->\n{} <?p?> <Final/>\n",
                command("Add", 1, &item("&#65;<![CDATA[<&]]>b")),
                command("Add", 2, &item("<![CDATA[]]>&amp;"))
            ),
            command("Replace", 1, &item("v").replace("<Data>", attributes))
                + &command("Replace", 2, &item("w").replace("<Data>", attributes)),
            command(
                "Atomic",
                1,
                &(command("Replace", 2, &item("a"))
                    + &command("Sequence", 3, &command("Add", 4, &item("b")))),
            ),
            command(
                "Results",
                1,
                &format!(
                    "<MsgRef>1</MsgRef><CmdRef>1</CmdRef>{}",
                    item("<a xmlns='u'><b/>&lt;</a>")
                ),
            ) + &command("Add", 2, &item("<c xmlns='u'/>")),
            command(
                "Add",
                1,
                &format!(
                    "<Meta><Format xmlns='syncml:metinf'>chr</Format></Meta>{}",
                    item("x")
                ),
            ) + "<Foo xmlns='u' a='b'>c</Foo>",
            command("Unknown", 1, &item("x")) + &command("Get", 2, &item("y")),
        ];
        let mut read_in = [0; 2];
        for body in &bodies {
            let text = message(HEADER, &format!("<SyncBody>{body}</SyncBody>"));
            let Ok(message) = read(text.as_bytes(), Encoding::Xml) else {
                continue;
            };
            read_in[0] += 1;
            // It has no place for attributes and foreign elements.
            if let Ok(body) = message.encode(Encoding::Wbxml, false) {
                read_in[1] += 1;
                assert_eq!(read(&body, Encoding::Wbxml).unwrap(), message);
                for end in 0..body.len() {
                    let _ = read(&body[..end], Encoding::Wbxml);
                }
            }
            for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
                assert!(read(&text.as_bytes()[..end], Encoding::Xml).is_err());
            }
        }
        assert!(read_in[0] >= 6 && read_in[1] >= 4, "{read_in:?}");
    }

    #[test]
    fn what_is_wrong_is_said_of_the_whole() {
        let get = command("Get", 1, &item("x"));
        let body = format!("<SyncBody>{get}</SyncBody>");
        for (text, code, path) in [
            (message("", &body), Code::Schema, "SyncBody"),
            (
                message(HEADER, &(body.clone() + &body)),
                Code::Schema,
                "SyncBody[2]",
            ),
            (
                message(&HEADER.repeat(2), &body),
                Code::Schema,
                "SyncHdr[2]",
            ),
            (
                message(
                    HEADER,
                    &format!(
                        "<SyncBody>{get}{get}<Get><CmdID>3</CmdID><CmdID>4</CmdID></Get></SyncBody>"
                    ),
                ),
                Code::Schema,
                "SyncBody/Get[3]/CmdID[2]",
            ),
            // What is not well-formed comes first.
            (
                message(HEADER, "<SyncBody><Get/></SyncBody>") + "<",
                Code::Trailing,
                "",
            ),
        ] {
            let error = read(text.as_bytes(), Encoding::Xml).unwrap_err();
            assert_eq!(
                (error.code(), error.path().unwrap_or_default()),
                (code, path),
                "{text}: {error}"
            );
        }
        let older = message(&HEADER.replace("1.2</VerDTD>", "1.1</VerDTD>"), &body);
        assert_eq!(
            Message::decode(older.as_bytes(), Encoding::Xml, &Limits::DEFAULT)
                .unwrap()
                .header
                .ver_dtd,
            "1.1"
        );
    }

    #[test]
    fn blanks_between_commands_count_as_nodes() {
        let finals = |count: usize| {
            message(
                HEADER,
                &format!("<SyncBody>{}</SyncBody>", "<Final/>\n".repeat(count)),
            )
        };
        for (count, is_read) in [(60_000, true), (70_000, false)] {
            assert_eq!(
                read(finals(count).as_bytes(), Encoding::Xml).is_ok(),
                is_read,
                "{count}"
            );
        }
    }
}

//! What must be read: groups P and X of the catalogue of inputs, and the vectors of the representation, the versions and the transport.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{Code, Command, Data, Encoding, Limits, Message, Received};

use crate::text::{HEADER, NS, data, decode, encode, item, message, read};

fn text(text: &str) -> Option<Data> {
    Some(Data::Text(text.to_owned()))
}

#[test]
fn p01_a_mark_a_declaration_and_what_follows_the_root() {
    let plain = item("<Data>x</Data>");
    let dressed = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{plain}\n<!-- done --><?pi?>\n"
    );
    assert_eq!(decode(&dressed), decode(&plain));
    let detected = Encoding::detect(None, dressed.as_bytes()).unwrap();
    assert_eq!(detected, Encoding::Xml);
}

#[test]
fn p02_a_doctype_without_declarations() {
    let plain = item("<Data>x</Data>");
    let dressed = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE SyncML PUBLIC \"-//SYNCML//DTD SyncML 1.2//EN\" \
        \"http://www.openmobilealliance.org/tech/DTD/OMA-TS-SyncML_RepPro_DTD-V1_2.dtd\">{plain}"
    );
    assert_eq!(decode(&dressed), decode(&plain));
}

#[test]
fn p03_namespaces_in_all_their_places() {
    let body = |kind: &str| item(&format!("<Meta>{kind}</Meta><Data>x</Data>"));
    let expected = decode(&body("<Type xmlns=\"syncml:metinf\">t/x</Type>"));
    for same in [
        body("<Type xmlns='syncml:metinf'>t/x</Type>"),
        body("<m:Type xmlns:m='syncml:metinf'>t/x</m:Type>"),
        body("<Type>t/x</Type>"),
        body("<MetInf xmlns='syncml:metinf'><Type>t/x</Type></MetInf>"),
        body("<Type xmlns=\"syncml:metinf\">t/x</Type>").replace("<Meta>", "<Meta xmlns:a='b'>"),
        item("<Meta xmlns='syncml:metinf'><Type>t/x</Type></Meta><Data>x</Data>"),
        body("<m:Type>t/x</m:Type>").replace(NS, &format!("{NS} xmlns:m='syncml:metinf'")),
    ] {
        assert_eq!(decode(&same), expected, "{same}");
    }
    let prefixed = "<s:SyncML xmlns:s='SYNCML:SYNCML1.2'><s:SyncHdr><s:VerDTD>1.2</s:VerDTD><s:VerProto>DM/1.2</s:VerProto>\
        <s:SessionID>1</s:SessionID><s:MsgID>1</s:MsgID><s:Target><s:LocURI>a</s:LocURI></s:Target>\
        <s:Source><s:LocURI>b</s:LocURI></s:Source></s:SyncHdr><s:SyncBody><s:Final/></s:SyncBody></s:SyncML>";
    assert!(decode(prefixed).is_final);
}

#[test]
fn p04_v3_blanks_around_values() {
    let blank = message(
        &HEADER
            .replace("DM/1.2", " DM/1.3\n")
            .replace(">http://s/dm<", ">\n  http://s/dm\t<"),
        "<Get><CmdID> 7 </CmdID></Get><Final/>",
    );
    let read = decode(&blank);
    assert_eq!(read.header.ver_proto, "DM/1.3");
    assert_eq!(read.header.target.uri, "http://s/dm");
    assert_eq!(read.commands[0].cmd_id(), Some("7"));
    let written = encode(&read);
    assert!(written.contains("<VerProto>DM/1.3</VerProto>"));
    assert_eq!(
        data(&decode(&item("<Data> \n x </Data>"))),
        text(" \n x ").as_ref(),
        "white space of a value is the value's"
    );
}

#[test]
fn p05_the_parts_of_a_status_in_any_order() {
    let parts = [
        "<CmdID>6</CmdID>",
        "<MsgRef>1</MsgRef>",
        "<CmdRef>0</CmdRef>",
        "<Cmd>SyncHdr</Cmd>",
        "<TargetRef>s</TargetRef>",
        "<Data>212</Data>",
    ];
    let status = |parts: &[&str]| message(HEADER, &format!("<Status>{}</Status>", parts.concat()));
    let expected = decode(&status(&parts));
    let mut turned = parts;
    for _ in 0..parts.len() {
        turned.rotate_left(1);
        assert_eq!(decode(&status(&turned)), expected);
        turned.reverse();
        assert_eq!(decode(&status(&turned)), expected);
    }
    assert!(
        encode(&expected).contains(&parts.concat()),
        "the DTD's order"
    );
    for without in [0, 2] {
        let mut fewer = parts.to_vec();
        fewer.remove(without);
        let Command::Status(read) = &decode(&status(&fewer)).commands[0] else {
            panic!("no status")
        };
        assert!(read.is_of_header() && read.answers(1));
    }
}

#[test]
fn p06_text_in_pieces_is_one_value() {
    let pieces = "<Data>a<![CDATA[b]]>&#99;<!-- x -->&amp;d</Data>";
    assert_eq!(data(&decode(&item(pieces))), text("abc&d").as_ref());
    let blank = "<Data>a<![CDATA[b]]>&#99;<!-- x -->&amp;d </Data>";
    assert_eq!(data(&decode(&item(blank))), text("abc&d ").as_ref());
}

#[test]
fn p10_session_ids_are_opaque() {
    for id in ["0", "1", "FFFF", "ab", "65535", &"x".repeat(32), "日本"] {
        let text = message(
            &HEADER.replace("<SessionID>1", &format!("<SessionID>{id}")),
            "<Final/>",
        );
        assert_eq!(decode(&text).header.session_id, *id);
    }
    for id in ["", " ", &"x".repeat(33)] {
        let text = message(
            &HEADER.replace("<SessionID>1", &format!("<SessionID>{id}")),
            "<Final/>",
        );
        assert_eq!(read(&text).unwrap_err().code(), Code::Schema);
    }
}

#[test]
fn p11_v1_v2_v7_x40_every_version_and_none_in_the_namespace() {
    for (ns, ver_dtd, ver_proto) in [
        (" xmlns='SYNCML:SYNCML1.1'", "1.1", "DM/1.1"),
        (" xmlns='SYNCML:SYNCML1.2'", "1.2", "DM/1.2"),
        ("", "1.2", "DM/1.2"),
        (" xmlns='SYNCML:SYNCML1.1'", "1.2", "DM/1.2"),
    ] {
        let header = HEADER
            .replace("<VerDTD>1.2", &format!("<VerDTD>{ver_dtd}"))
            .replace("DM/1.2", ver_proto);
        let text = message(&header, "<Final/>").replace(NS, ns);
        let read = decode(&text);
        assert_eq!(
            (read.header.ver_dtd.as_str(), read.header.ver_proto.as_str()),
            (ver_dtd, ver_proto)
        );
        assert!(encode(&read).starts_with(&format!("<SyncML xmlns=\"SYNCML:SYNCML{ver_dtd}\">")));
    }
    for ns in ["SYNCML:SYNCML1.9", "syncml:syncml1.2", "urn:x"] {
        let text = message(HEADER, "<Final/>").replace("SYNCML:SYNCML1.2", ns);
        assert_eq!(read(&text).unwrap_err().code(), Code::Version, "{ns}");
    }
    let newer = message(HEADER, "<Final/>").replace("SYNCML:SYNCML1.2", "SYNCML:SYNCML1.9");
    let peek = Message::peek(newer.as_bytes(), Encoding::Xml, &Limits::DEFAULT).unwrap();
    assert_eq!((peek.source.as_str(), peek.msg_id), ("IMEI:1", 1));
}

#[test]
fn p18_meta_of_the_command_stands_by_itself() {
    let text = message(
        HEADER,
        "<Add><CmdID>1</CmdID><Meta><Type xmlns='syncml:metinf'>t/x</Type></Meta><Item><Data>x</Data></Item></Add>",
    );
    let Command::Add(add) = &decode(&text).commands[0] else {
        panic!("no Add")
    };
    assert_eq!(add.meta.as_ref().unwrap().mime.as_deref(), Some("t/x"));
    assert_eq!(
        add.items[0].meta, None,
        "what it means for the Item is the tree's business"
    );
}

#[test]
fn p19_p20_an_alert_with_an_empty_item_and_one_with_options() {
    for first in [
        "<Item></Item>",
        "<Item/>",
        "<Item><Data>FOO=1&amp;MINDT=10</Data></Item>",
    ] {
        let text = message(
            HEADER,
            &format!(
                "<Alert><CmdID>2</CmdID><Data>1101</Data>{first}<Item><Data>?</Data></Item></Alert>"
            ),
        );
        let Command::Alert(alert) = &decode(&text).commands[0] else {
            panic!("no Alert")
        };
        assert_eq!(alert.items.len(), 2);
        assert_eq!(alert.items[1].data, self::text("?"));
    }
}

#[test]
fn p21_r1_a_message_of_status_and_final_is_written_as_it_was_read() {
    let text = "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.3</VerProto>\
        <SessionID>1</SessionID><MsgID>2</MsgID><Target><LocURI>IMEI:1</LocURI></Target><Source><LocURI>http://s/dm</LocURI></Source></SyncHdr>\
        <SyncBody><Status><CmdID>1</CmdID><MsgRef>2</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status><Final/></SyncBody></SyncML>";
    assert_eq!(encode(&decode(text)), text);
}

#[test]
fn r2_escaped_text_and_cdata_are_the_same() {
    let escaped = decode(&item("<Data>a&lt;b</Data>"));
    assert_eq!(escaped, decode(&item("<Data><![CDATA[a<b]]></Data>")));
    assert_eq!(data(&escaped), text("a<b").as_ref());
    assert!(encode(&escaped).contains("<Data>a&lt;b</Data>"));
}

#[test]
fn absent_empty_and_present_values_differ() {
    assert_eq!(data(&decode(&item(""))), None);
    assert_eq!(data(&decode(&item("<Data/>"))), text("").as_ref());
    assert_eq!(data(&decode(&item("<Data></Data>"))), text("").as_ref());
    assert!(!encode(&decode(&item(""))).contains("Data"));
    assert!(encode(&decode(&item("<Data></Data>"))).contains("<Data/>"));
}

#[test]
fn x45_unknown_elements_are_kept() {
    let text = message(
        HEADER,
        "<Foo><CmdID>9</CmdID><Bar x=\"1\">y</Bar></Foo>\
        <Sequence><CmdID>1</CmdID><Baz/><Get><CmdID>2</CmdID></Get></Sequence>\
        <Get><CmdID>3</CmdID><Lang>en</Lang><Item><Data>x</Data><SourceParent/></Item></Get>",
    );
    let read = decode(&text);
    let Command::Unknown(unknown) = &read.commands[0] else {
        panic!("{read:?}")
    };
    assert_eq!(
        (read.commands[0].name(), unknown.cmd_id.as_deref()),
        ("Foo", Some("9"))
    );
    let Command::Sequence(sequence) = &read.commands[1] else {
        panic!("{read:?}")
    };
    assert_eq!(sequence.commands[0].name(), "Baz");
    let Command::Get(get) = &read.commands[2] else {
        panic!("{read:?}")
    };
    assert_eq!(
        (
            get.extra[0].name.as_str(),
            get.items[0].extra[0].name.as_str()
        ),
        ("Lang", "SourceParent")
    );
    assert_eq!(decode(&encode(&read)), read);
}

#[test]
fn x47_x48_numbers_of_commands_are_the_engines_business() {
    let text = message(
        HEADER,
        "<Get/><Get><CmdID>0</CmdID></Get><Get><CmdID></CmdID></Get><Get><CmdID>x</CmdID></Get>\
        <Get><CmdID>99999999999</CmdID></Get><Get><CmdID>5</CmdID></Get><Get><CmdID>5</CmdID></Get>",
    );
    let read = decode(&text);
    let ids: Vec<_> = read.commands.iter().map(Command::cmd_id).collect();
    assert_eq!(
        ids,
        [
            None,
            Some("0"),
            Some(""),
            Some("x"),
            Some("99999999999"),
            Some("5"),
            Some("5")
        ]
    );
    let numbers: Vec<_> = read.commands.iter().filter_map(Command::number).collect();
    assert_eq!(numbers, ["5", "5"]);
    assert_eq!(decode(&encode(&read)), read);
}

#[test]
fn x50_markup_is_kept_as_it_stands() {
    let inner =
        "<MgmtTree xmlns=\"syncml:dmddf1.2\">\n <VerDTD a='1'>1.2</VerDTD ><!-- x --></MgmtTree>";
    let text = item(&format!("<Data>{inner}</Data>"));
    let read = decode(&text);
    assert_eq!(data(&read), Some(&Data::Markup(inner.to_owned())));
    assert!(encode(&read).contains(inner));
}

#[test]
fn x51_an_escaped_envelope_stays_text() {
    let inner = "</Data></Item></Replace><Final/>";
    let read = decode(&item(
        "<Data>&lt;/Data&gt;&lt;/Item&gt;&lt;/Replace&gt;&lt;Final/&gt;</Data>",
    ));
    assert_eq!(data(&read), text(inner).as_ref());
    assert_eq!(decode(&encode(&read)), read);
}

#[test]
fn w2_attributes_on_data_and_results_of_a_windows_device() {
    let text = "<SyncML xmlns=\"SYNCML:SYNCML1.2\" xmlns:msft=\"http://schemas.microsoft.com/MobileDevice/MDM\"><SyncHdr>{}</SyncHdr><SyncBody>\
        <Status><CmdID>4</CmdID><MsgRef>1</MsgRef><CmdRef>2</CmdRef><Cmd>Replace</Cmd><Data msft:originalerror=\"0x86000002\">404</Data></Status>\
        <Results><CmdID>5</CmdID><CmdRef>3</CmdRef><Cmd>Get</Cmd><Item><Data>x</Data></Item></Results></SyncBody></SyncML>"
        .replace("{}", HEADER);
    let read = decode(&text);
    let Command::Status(status) = &read.commands[0] else {
        panic!("{read:?}")
    };
    assert_eq!(
        status.attributes["{http://schemas.microsoft.com/MobileDevice/MDM}originalerror"],
        "0x86000002"
    );
    let Command::Results(results) = &read.commands[1] else {
        panic!("{read:?}")
    };
    assert_eq!((results.msg_ref.as_deref(), results.extra.len()), (None, 1));
    assert_eq!(decode(&encode(&read)), read);
}

/// Something to be found again in what is written.
fn inner(header: &str, inner: &str) -> String {
    message(header, &format!("<Get><CmdID>1</CmdID>{inner}</Get>"))
}

#[test]
fn nothing_that_stood_in_a_message_is_lost() {
    let x = "<Y xmlns=\"urn:x\" a=\"1\">z</Y>";
    let mark = "<Mark xmlns=\"syncml:metinf\">m</Mark>";
    let emi = "<EMI xmlns=\"syncml:metinf\">e</EMI>";
    let kind = "<Type xmlns=\"syncml:metinf\">t</Type>";
    let nonce = "<NextNonce xmlns=\"syncml:metinf\">AA==</NextNonce>";
    let status = |inner: &str| {
        message(
            HEADER,
            &format!("<Status><CmdID>1</CmdID>{inner}<Data>200</Data></Status>"),
        )
    };
    let header = |more: &str| message(&format!("{HEADER}{more}"), "<Final/>");
    let as_written = [
        HEADER
            .replace("</LocURI></Target>", &format!("</LocURI>{x}<Filter><Meta/>f</Filter></Target>"))
            .replace("</LocURI></Source>", &format!("</LocURI><LocName>n</LocName>{x}</Source>")),
        format!("{HEADER}<Cred><Meta>{kind}{mark}{nonce}{emi}</Meta><Data>d</Data>{x}</Cred>"),
        format!("{HEADER}<Cred><Meta>{mark}</Meta><Data>d</Data></Cred>"),
        format!("{HEADER}<Meta><MaxMsgSize xmlns=\"syncml:metinf\">5</MaxMsgSize>{kind}{mark}{nonce}{emi}</Meta>{x}"),
    ]
    .map(|header| message(&header, "<Final/>"))
    .into_iter()
    .chain([
        status(&format!("<Chal><Meta>{kind}{nonce}{mark}{emi}</Meta>{x}</Chal>")),
        item("<Meta>text</Meta>"),
        item(&format!("<Meta>{mark}a &lt;b/&gt; c</Meta>")),
        item("<Data a=\"1\" xmlns:ns0=\"urn:x\" ns0:b=\" 2&#9;\">x</Data><MoreData/>"),
        item("<Data a=\"1\"/>"),
        item(&format!("<Data a=\"1\">{x}</Data>")),
        item("<Source><LocURI>s</LocURI></Source><SourceParent>p</SourceParent><TargetParent/><Meta/><Data/><MoreData/><Foo/>"),
        inner(HEADER, &format!("<NoResp/><Lang>en</Lang><Archive/><SftDel/><Cred/><Meta/><Item/><Foo/>{x}")),
        message(HEADER, "<Alert><CmdID>1</CmdID><Cred>c</Cred><Data a=\"1\">4711</Data><Item/><Foo/></Alert>"),
        message(HEADER, "<Results><CmdID>1</CmdID><CmdRef>2</CmdRef><Cmd>Get</Cmd><Meta/><Item/><Foo/></Results>"),
        message(HEADER, &format!("<Put><CmdID>1</CmdID>a<Item/>b{x}</Put>")),
        message(HEADER, "<Status><CmdID>1</CmdID><Data>999</Data></Status>"),
        item("<Meta><Format xmlns=\"syncml:metinf\">octal</Format></Meta>"),
        header(x),
    ]);
    for text in as_written {
        let read = decode(&text);
        // The root with its namespace is written in the same way.
        assert_eq!(encode(&read), text);
    }
}

#[test]
fn what_stands_elsewhere_is_written_in_its_place() {
    let metinf = "xmlns=\"syncml:metinf\"";
    for (loose, tidy) in [
        (
            inner(
                HEADER,
                "<Foo/><Item/><Cred/><Archive/><Meta/><Lang/><Bar/><Archive>2</Archive>",
            ),
            inner(
                HEADER,
                "<Lang/><Archive/><Archive>2</Archive><Cred/><Meta/><Item/><Foo/><Bar/>",
            ),
        ),
        (
            inner(HEADER, "<x:Cred xmlns:x='urn:x'/><Meta/><Item/>"),
            inner(HEADER, "<Meta/><Item/><Cred xmlns=\"urn:x\"/>"),
        ),
        (
            item("<Data/><Foo/><TargetParent/><Meta/><SourceParent/>"),
            item("<SourceParent/><TargetParent/><Meta/><Data/><Foo/>"),
        ),
        (
            item("<Meta> a <Mark>m</Mark>\n</Meta>"),
            item(&format!("<Meta><Mark {metinf}>m</Mark>a</Meta>")),
        ),
        // Without its namespace an element of Meta is one nevertheless; beside Meta, the namespace says that it belongs there.
        (
            message(&format!("{HEADER}<Meta><EMI>e</EMI></Meta>"), "<Final/>"),
            message(
                &format!("{HEADER}<Meta><EMI {metinf}>e</EMI></Meta>"),
                "<Final/>",
            ),
        ),
        (
            message(
                &format!("{HEADER}<Cred><Data/><Type {metinf}>t</Type></Cred>"),
                "<Final/>",
            ),
            message(
                &format!("{HEADER}<Cred><Meta><Type {metinf}>t</Type></Meta><Data/></Cred>"),
                "<Final/>",
            ),
        ),
    ] {
        let read = decode(&loose);
        assert_eq!(encode(&read), tidy);
        assert_eq!(decode(&tidy), read);
    }
}

#[test]
fn what_has_no_name_survives() {
    let text = message(
        HEADER,
        "<Frob a=\"1\"><CmdID>9</CmdID>text</Frob><Alert><Data>4294967295</Data></Alert>\
        <Status><Data>999</Data></Status><Add><Item><Meta><Format>octal</Format></Meta></Item></Add>",
    );
    let read = decode(&text);
    assert_eq!(read.commands[0].name(), "Frob");
    let (Command::Alert(alert), Command::Status(status), Command::Add(add)) =
        (&read.commands[1], &read.commands[2], &read.commands[3])
    else {
        panic!("{read:?}")
    };
    assert_eq!(alert.code.unwrap().0, u32::MAX);
    assert_eq!(status.code.0, 999);
    let meta = add.items[0].meta.as_ref().unwrap();
    assert_eq!(meta.format.as_deref(), Some("octal"));
    assert_eq!(decode(&encode(&read)), read);
}

#[test]
fn h2_content_types() {
    let body = item("<Data>x</Data>");
    let received = |content_type| Received {
        content_type,
        ..Received::body(body.as_bytes())
    };
    for good in [
        "application/vnd.syncml.dm+xml",
        "Application/Vnd.Syncml.DM+XML; charset=\"UTF-8\"",
        "application/vnd.syncml.dm+xml;verproto=DM/1.2 ; charset=utf-8",
    ] {
        assert_eq!(Encoding::of_content_type(good).unwrap(), Encoding::Xml);
        assert!(received(Some(good)).content_type.is_some());
    }
    for (bad, code) in [
        ("application/vnd.syncml+xml", Code::Schema),
        ("text/xml", Code::Schema),
        ("", Code::Schema),
        (
            "application/vnd.syncml.dm+xml; charset=utf-16",
            Code::Charset,
        ),
    ] {
        let error = Encoding::of_content_type(bad).unwrap_err();
        assert_eq!((error.code(), error.http()), (code, Some(415)), "{bad}");
    }
}

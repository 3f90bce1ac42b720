use super::*;

fn get(uri: &str) -> NewCommand {
    NewCommand::Get(vec![uri.to_owned()])
}

fn copy(from: &str, to: &str) -> NewCommand {
    NewCommand::Copy {
        from: from.to_owned(),
        to: to.to_owned(),
    }
}

fn exec(uri: &str, correlator: Option<&str>) -> NewCommand {
    NewCommand::Exec {
        uri: uri.to_owned(),
        data: None,
        format: None,
        mime: None,
        correlator: correlator.map(str::to_owned),
        report_to: None,
    }
}

fn item(uri: &str, format: Option<Format>, mime: Option<&str>) -> NewItem {
    NewItem {
        uri: uri.to_owned(),
        data: Some(Data::Text("1".to_owned())),
        format,
        mime: mime.map(str::to_owned),
    }
}

fn add(uri: &str, format: Option<Format>, mime: Option<&str>) -> NewCommand {
    NewCommand::Add(vec![item(uri, format, mime)])
}

#[test]
fn t04_groups_that_every_device_refuses_cannot_be_pushed() {
    let (get, exec, copy) = (get("./A"), exec("./A", None), copy("./A", "./B"));
    let atomic = |command: &NewCommand| NewCommand::Atomic(vec![command.clone()]);
    let sequence = |command: &NewCommand| NewCommand::Sequence(vec![command.clone()]);
    for bad in [
        atomic(&get),
        atomic(&exec),
        atomic(&atomic(&copy)),
        atomic(&sequence(&copy)),
        sequence(&atomic(&copy)),
        sequence(&sequence(&atomic(&copy))),
        NewCommand::Atomic(vec![]),
        NewCommand::Atomic(vec![copy.clone(), get.clone()]),
    ] {
        assert_eq!(bad.check().unwrap_err().code(), crate::Code::Arg, "{bad:?}");
    }
    for good in [
        atomic(&copy),
        sequence(&get),
        sequence(&exec),
        sequence(&sequence(&copy)),
    ] {
        assert!(good.check().is_ok(), "{good:?}");
    }
}

#[test]
fn a_device_of_1_1_is_sent_only_what_it_knows() {
    let sequence = |command: NewCommand| NewCommand::Sequence(vec![get("./A"), command]);
    let tnds = "application/vnd.syncml.dmtnds+xml";
    for late in [
        get("./A?list=TNDS"),
        get("./A?list=TNDS+Value"),
        get("./Inbox"),
        add("./A", Some(Format::Date), None),
        add("./A", Some(Format::Time), None),
        add("./A", Some(Format::Float), None),
        add("./A", Some(Format::Xml), Some(tnds)),
        add("Inbox/A", None, None),
        copy("./Inbox/A", "./B"),
        NewCommand::Delete(vec!["./A".to_owned(), "./Inbox".to_owned()]),
    ] {
        assert_eq!(late.for_version(Version::V1_1), None, "{late:?}");
        assert_eq!(sequence(late.clone()).for_version(Version::V1_1), None);
        assert_eq!(
            late.for_version(Version::V1_2).as_deref(),
            Some(&late),
            "{late:?}"
        );
    }
    for known in [
        get("./A?list=StructData"),
        get("./A?prop=ACL"),
        add("./Inboxes", Some(Format::Int), None),
        copy("./A", "./B"),
        exec("./A", None),
    ] {
        assert_eq!(known.for_version(Version::V1_1).as_deref(), Some(&known));
    }
    let with = exec("./A", Some("c"));
    let without = exec("./A", None);
    assert_eq!(with.for_version(Version::V1_1).as_deref(), Some(&without));
    assert_eq!(with.for_version(Version::V1_2).as_deref(), Some(&with));
    assert_eq!(
        sequence(with).for_version(Version::V1_1).as_deref(),
        Some(&sequence(without))
    );
}

#[test]
fn numbers_run_through_sequences() {
    let command = NewCommand::Sequence(vec![
        get("./A"),
        NewCommand::Sequence(vec![get("./B")]),
        get("./C"),
    ]);
    let (mut next, mut shapes) = (4, Vec::new());
    command.number(&mut next, &mut Vec::new(), &mut shapes);
    let seen: Vec<_> = shapes
        .iter()
        .map(|shape| (shape.cmd_id, shape.child.clone()))
        .collect();
    assert_eq!(
        seen,
        [
            (4, vec![]),
            (5, vec![0]),
            (6, vec![1]),
            (7, vec![1, 0]),
            (8, vec![2])
        ]
    );
    assert_eq!(next, 9);
}

#[test]
fn what_cannot_be_sent_cannot_be_pushed() {
    for bad in [
        get("/A"),
        get(""),
        NewCommand::Get(vec![]),
        NewCommand::Sequence(vec![]),
        NewCommand::Sequence(vec![get("A/")]),
        copy("./A", "./B?prop=Name"),
        copy("", "./B"),
        exec("./A?prop=ACL", None),
        NewCommand::Add(vec![]),
    ] {
        assert_eq!(bad.check().unwrap_err().code(), crate::Code::Arg, "{bad:?}");
    }
    let item = NewItem {
        uri: "./A".to_owned(),
        data: Some(Data::Text("\u{1}".to_owned())),
        format: None,
        mime: None,
    };
    let error = NewCommand::Add(vec![item]).check().unwrap_err();
    assert_eq!(
        (error.code(), error.fault()),
        (crate::Code::Char, Fault::Caller)
    );
    assert!(get("./A?list=Struct").check().is_ok());
}

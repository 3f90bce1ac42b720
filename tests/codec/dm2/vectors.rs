//! The test vectors and the messages of the worked sessions in the project's notes on DM 2.0, by their names there.

use omadm::dm2::Dialect::{self, Approved, Draft};
use omadm::dm2::MediaType::{self, Initiation, Mo, Request, Response};

/// Name, what it is, dialect, text.
pub(crate) type Vector = (&'static str, MediaType, Dialect, &'static str);

/// All of those that can be read.
#[rustfmt::skip]
pub(crate) const VECTORS: &[Vector] = &[
    ("V_D01", Initiation, Draft, r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"7F","PkgSeq":1,"ReasonForSession":1201}}"#),
    ("V_D02", Initiation, Draft, r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"4D2","PkgSeq":1,"ReasonForSession":1200},"MOS":[{"MOID":"oma:mo:oma-dm-devinfo:1.0","DDF":"https://ddf.example.org/devinfo.ddf","Path":["/"]},{"MOID":"oma:mo:ext-acme-pump:1.0","Path":["/north/","/south/"]}],"MOD":[{"URI":"oma:mo:oma-dm-devinfo:1.0/","CV":"5f.12","MO":{"DevID":"MEID:A1000012345678","Man":"Acme","Mod":"P9","DmV":"2.0","Lang":"en"}},{"URI":"oma:mo:ext-acme-pump:1.0/north/","Code":304}],"Alerts":[{"Code":1226,"Correlator":"c-9","Item":{"Source":"oma:mo:ext-acme-pump:1.0/north/Run/2/State","Type":"Reversed-Domain-Name:com.example.acme.overheat","Format":"int","Mark":"warning","Data":3}}]}"#),
    ("V_D03", Request, Draft, r#"{"SessionInfo":{"SessionID":"4D2","PkgSeq":1,"AcceptMO":"application/vnd.oma.dm.mo+json, application/vnd.syncml.dmtnds+xml;q=0.5"},"Cmds":[{"HPOST":["https://repo.example.org/in?d=1","oma:mo:oma-dm-devinfo:1.0/","oma:mo:ext-acme-pump:1.0/north/"]},{"GET":["oma:mo:ext-acme-pump:1.0/*/Mode"]},{"EXEC":["oma:mo:ext-acme-pump:1.0/south/Reset"]},{"END":[]}],"Results":[{"Code":200}]}"#),
    ("V_D04", Request, Draft, r#"{"SessionInfo":{"SessionID":"4D2","PkgSeq":1},"Cmds":[{"HPOST":["https://repo.example.org/in","oma:mo:oma-dm-devinfo:1.0/","oma:mo:ext-acme-pump:1.0/north/"]},{"GET":["oma:mo:ext-acme-pump:1.0/*/Mode"]}],"Results":[{"Code":200}]}"#),
    ("V_D05", Response, Draft, r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"4D2","PkgSeq":2},"Results":[{"Code":200},{"Code":200},{"Code":200,"MOD":[{"URI":"oma:mo:ext-acme-pump:1.0/north/Mode","MO":"auto"},{"URI":"oma:mo:ext-acme-pump:1.0/south/Mode","MO":"auto"}]}]}"#),
    ("V_D06", Response, Draft, r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"4D2","PkgSeq":2},"Results":[{"Code":200},{"Code":200,"MOD":{"URI":"oma:mo:ext-acme-pump:1.0/north/Mode","MO":"auto"}}]}"#),
    ("V_D10", Request, Draft, r#"{"SessionInfo":{"SessionID":"7F","PkgSeq":1},"Cmds":[{"GET":["oma:mo:oma-dm-devinfo:1.0/Man"],"DELETE":["oma:mo:oma-dm-devinfo:1.0/Man"]},{"FROB":["oma:mo:oma-dm-devinfo:1.0/Man"]},{"GET":["oma:mo:oma-dm-devinfo:1.0/Man"]}]}"#),
    ("V_A01", Initiation, Approved, r#"{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"}]}"#),
    ("V_A02", Initiation, Approved, r#"{"MOS":[{"MOID":"urn:oma:mo:oma-dm-devinfo:1.2","DDF":"https://ddf.example.org/devinfo12.ddf","MIID":["0"]},{"MOID":"urn:oma:mo:ext-acme-pump:1.0","MIID":["north","south"]}],"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ServerInitiatedMgmt","DataType":"int","Data":{"NotificationID":42}},{"AlertType":"Reversed-Domain-Name:com.example.acme.fetched","SourceURI":"urn:oma:mo:ext-acme-pump:1.0/north/Mode","Mark":"informational","DataType":"int","Data":{"DM1x":200}}]}"#),
    ("V_A03", Request, Approved, r#"{"CMD":[["HGET","https://repo.example.org/new/pump.json"],["HGET","https://repo.example.org/cfg/mode.json","urn:oma:mo:ext-acme-pump:1.0/north/Mode"],["HPUT","https://repo.example.org/dev/7","urn:oma:mo:ext-acme-pump:1.0/*/Run/"],["HPOST","https://repo.example.org/in","urn:oma:mo:oma-dm-devinfo:1.2//","urn:oma:mo:ext-acme-pump:1.0/north/?cv=5f.12"],["DELETE","urn:oma:mo:ext-acme-pump:1.0/north/Run/2"],["EXEC","https://dm2.example.org/async","urn:oma:mo:ext-acme-pump:1.0/south/Reset"],["GET","urn:oma:mo:oma-sessioninfomo:1.0//CBT"],["SHOW","https://ui.example.org/ask?ui=77"],["CONT","https://dm3.example.org/next?t=9a"],["DEFAULT","https://repo.example.org/def/dcmo","urn:oma:mo:oma-dcmo:1.0"],["SUB","https://repo.example.org/chg/7","urn:oma:mo:ext-acme-pump:1.0/north/Run/"],["UNSUB","urn:oma:mo:ext-acme-pump:1.0/south/Run/"]]}"#),
    ("V_A04", Response, Approved, r#"{"Status":[{"sc":200,"URI":["urn:oma:mo:ext-acme-pump:1.0/m1/"]},{"sc":200},{"sc":200},{"sc":200},{"sc":200},{"sc":202},{"sc":200,"MO":[{"ClientURI":"urn:oma:mo:oma-sessioninfomo:1.0//CBT","MOData":{"CBT":"LTE"}}]},{"sc":501},{"sc":200},{"sc":200},{"sc":200},{"sc":404}]}"#),
    ("V_A05", Mo, Approved, r#"[{"ClientURI":"urn:oma:mo:ext-acme-pump:1.0/north/","CV":"5f.13","MOData":{"Pump":{"Serial":"P-100","Mode":"auto","Run":{"1":{"Hours":12,"State":"ok"},"2":{"Hours":7,"State":"hot"}}}}}]"#),
    ("V_A06", Mo, Approved, r#"[{"ClientURI":"urn:oma:mo:ext-acme-pump:1.0/north/Mode","MOData":{"Pump":{"Mode":"eco"}}}]"#),
    ("V_A09", Request, Approved, r#"{"CMD":[[],["GET"],["get","urn:oma:mo:oma-dm-devinfo:1.2//Man"]]}"#),
    ("S1_1", Initiation, Draft, r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"7F","PkgSeq":1,"ReasonForSession":1201}}"#),
    ("S1_2", Request, Draft, r#"{"SessionInfo":{"SessionID":"7F","PkgSeq":1},"Cmds":[{"GET":["oma:mo:oma-dm-devinfo:1.0/"]}]}"#),
    ("S1_3", Response, Draft, r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"7F","PkgSeq":2},"Results":[{"Code":200,"MOD":{"URI":"oma:mo:oma-dm-devinfo:1.0/","CV":"5f.12","MO":{"DevID":"MEID:A1000012345678","Man":"Acme","Mod":"P9","DmV":"2.0","Lang":"en"}}}]}"#),
    ("S1_4", Request, Draft, r#"{"SessionInfo":{"SessionID":"7F","PkgSeq":2},"Cmds":[{"DELETE":["oma:mo:ext-acme-pump:1.0/north/Run/2"]},{"END":[]}]}"#),
    ("S2_1", Initiation, Draft, r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"4D2","PkgSeq":1,"ReasonForSession":1200},"MOD":[{"URI":"oma:mo:oma-dm-devinfo:1.0/","Code":304},{"URI":"oma:mo:ext-acme-pump:1.0/north/","CV":"r42","MO":{"Serial":"P-100","Mode":"auto","Run":{"1":{"Hours":12,"State":"ok"},"2":{"Hours":8,"State":"hot"}}}},{"URI":"oma:mo:ext-acme-pump:1.0/south/","Code":304}]}"#),
    ("S2_2", Request, Draft, r#"{"SessionInfo":{"SessionID":"4D2","PkgSeq":1},"Cmds":[{"END":[]}]}"#),
    ("S3_1", Initiation, Draft, r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"80","PkgSeq":1,"ReasonForSession":1201},"Alerts":[{"Code":1226,"Item":{"Type":"urn:oma:at:acme:1.0:unknown","Format":"xml","Data":"<a/>"}}]}"#),
    ("S3_2", Request, Draft, r#"{"SessionInfo":{"SessionID":"80","PkgSeq":1},"Cmds":[{"GET":["oma:mo:ext-acme-pump:1.0/west/"]},{"DELETE":["oma:mo:oma-dm-devinfo:1.0/Man"]},{"HPUT":["https://repo.example.org/x","oma:mo:ext-acme-pump:1.0/north/","oma:mo:ext-acme-pump:1.0/north/Nope"]},{"TWIST":[]},{"EXEC":["oma:mo:ext-acme-pump:1.0/*/Reset"]}],"Results":[{"Code":415}]}"#),
    ("S3_3", Response, Draft, r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"80","PkgSeq":2},"Results":[{"Code":404},{"Code":405},{"Code":215},{"Code":404},{"Code":501},{"Code":400}]}"#),
    ("S3_4", Request, Draft, r#"{"SessionInfo":{"SessionID":"80","PkgSeq":2},"Cmds":[{"END":[]}]}"#),
    ("S4_1", Response, Draft, r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"4D2","PkgSeq":2},"Results":[{"Code":200},{"Code":200}],"Alerts":[{"Code":1223}]}"#),
    ("S4_2", Request, Draft, r#"{"SessionInfo":{"SessionID":"4D2","PkgSeq":2},"Cmds":[{"END":[]}],"Results":[{"Code":200}]}"#),
    ("S5_1", Initiation, Approved, r#"{"MOS":[{"MOID":"urn:oma:mo:oma-dm-devinfo:1.2","MIID":["0"]},{"MOID":"urn:oma:mo:ext-acme-pump:1.0","MIID":["north","south"]}],"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ServerInitiatedMgmt","DataType":"int","Data":{"NotificationID":4660}}]}"#),
    ("S5_2", Request, Approved, r#"{"CMD":[["HGET","https://repo.example.org/new/pump-east.json"],["EXEC","urn:oma:mo:ext-acme-pump:1.0/south/Reset"]]}"#),
    ("S5_3", Mo, Approved, r#"[{"ClientURI":"urn:oma:mo:ext-acme-pump:1.0/east/","MOData":{"Pump":{"Serial":"P-300","Mode":"off"}}}]"#),
    ("S5_4", Response, Approved, r#"{"Status":[{"sc":200,"URI":["urn:oma:mo:ext-acme-pump:1.0/m1/"]},{"sc":202}]}"#),
    ("S5_5", Request, Approved, r#"{"CMD":[["END"]]}"#),
    ("S5_6", Initiation, Approved, r#"{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"},{"AlertType":"Reversed-Domain-Name:com.example.acme.resetdone","SourceURI":"urn:oma:mo:ext-acme-pump:1.0/south/Reset","DataType":"int","Data":{"DM1x":0}}]}"#),
    ("S5_7", Request, Approved, r#"{"CMD":[["END"]]}"#),
    ("S6_1", Request, Approved, r#"{"CMD":[["GET","urn:oma:mo:ext-acme-pump:1.0/north/?cv=5f.12"],["GET","urn:oma:mo:ext-acme-pump:1.0/north/Mode?cv=5f.11"],["GET","urn:oma:mo:ext-acme-pump:1.0/north/"]]}"#),
    ("S6_2", Response, Approved, r#"{"Status":[{"sc":304},{"sc":200,"MO":[{"ClientURI":"urn:oma:mo:ext-acme-pump:1.0/north/Mode","MOData":{"Mode":"auto"}}]},{"sc":200,"MO":[{"ClientURI":"urn:oma:mo:ext-acme-pump:1.0/north/","CV":"5f.12","MOData":{"Pump":{"Serial":"P-100","Mode":"auto","Run":{"1":{"Hours":12,"State":"ok"},"2":{"Hours":7,"State":"hot"}}}}}]}]}"#),
    ("S7_1", Request, Approved, r#"{"CMD":[["HGET","https://repo.example.org/gone.json","urn:oma:mo:ext-acme-pump:1.0/north/Mode"],["HGET","https://repo.example.org/ok.json","urn:oma:mo:oma-dm-devinfo:1.2//Man"],["GET","urn:oma:mo:ext-acme-pump:1.0//"],["GET","urn:oma:mo:ext-acme-safe:1.0//"],["CONT","https://dm2.example.org/s/9a"]]}"#),
    ("S7_2", Response, Approved, r#"{"Status":[{"sc":502},{"sc":405},{"sc":400},{"sc":404},{"sc":200}]}"#),
    ("S7_3", Request, Approved, r#"{"CMD":[["SHOW","https://ui.example.org/sorry?ui=78"],["END"]]}"#),
    ("S9_1", Request, Approved, r#"{"CMD":[["HPUT","https://repo.example.org/dev/7","urn:oma:mo:ext-acme-pump:1.0/north/"],["GET","urn:oma:mo:ext-acme-pump:1.0/north/Mode"]]}"#),
    ("S9_2", Response, Approved, r#"{"Status":[{"sc":406},{"sc":200,"MO":[{"ClientURI":"urn:oma:mo:ext-acme-pump:1.0/north/Mode","MOData":{"Mode":"auto"}}]}]}"#),
];

/// The text of one.
pub(crate) fn text(name: &str) -> &'static str {
    VECTORS.iter().find(|(own, ..)| *own == name).unwrap().3
}

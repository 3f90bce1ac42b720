//! Reading a description: what the DTD says is held to, but for the order of elements.

use super::access::{AccessType, AccessTypes};
use super::extension;
use super::microsoft::Microsoft;
use super::model::{
    CaseSense, Ddf, DdfNode, DfProperties, DfType, Occurrence, RtProperties, Scope,
};
use super::read::{
    Owner, choice, elements, empty, once, owner, required, text, trimmed, unexpected,
};
use crate::error::{Code, Error, Result, excerpt};
use crate::limits::Limits;
use crate::markup::element::Element;
use crate::markup::xml;
use crate::steps;
use crate::syncml::Format;

impl Ddf {
    /// Reads a description in XML. Elements of other namespaces than those of the framework and of Microsoft are skipped, and so is
    /// MSFT:Diagnostics.
    ///
    /// # Errors
    ///
    /// Those of reading XML; `Schema` where the DTD is not kept; `Version` where VerDTD is none of 1.x; `Number` where an Occurrence is
    /// bounded by something else than 2 to 65,536; `Limit` beyond `limits.bytes`, `depth`, `text_bytes`, `attributes`, `namespaces`, `nodes`.
    pub fn decode(body: &[u8], limits: &Limits) -> Result<Self> {
        // Its nodes are counted by themselves.
        let of_document = Limits {
            items: u32::MAX,
            ..limits.clone()
        };
        let document = xml::parse(body, &of_document)?;
        let root = document.root();
        if root.name() != "MgmtTree" || owner(root) != Owner::Ddf {
            return Err(unexpected(root).expecting("MgmtTree"));
        }
        let (mut ver_dtd, mut man, mut model) = (None, None, None);
        for child in elements(root)?.filter(|child| owner(*child) == Owner::Ddf) {
            match child.name() {
                "VerDTD" => once(&mut ver_dtd, version(child)?, child)?,
                "Man" => once(&mut man, trimmed(child)?, child)?,
                "Mod" => once(&mut model, trimmed(child)?, child)?,
                "Node" => {}
                _ => return Err(unexpected(child)),
            }
        }
        let nodes = nodes(root, limits)?;
        if nodes.is_empty() {
            return Err(root.error(Code::Schema, "missing Node"));
        }
        Ok(Self {
            ver_dtd: required(ver_dtd, "VerDTD", root)?,
            man,
            model,
            nodes,
        })
    }
}

fn version(element: Element<'_>) -> Result<String> {
    let version = trimmed(element)?;
    if version.starts_with("1.") {
        return Ok(version);
    }
    let problem = format!("VerDTD `{}`", excerpt(&version));
    Err(element.error(Code::Version, problem).expecting("1.2"))
}

fn is_node(element: &Element<'_>) -> bool {
    element.name() == "Node" && owner(*element) == Owner::Ddf
}

/// The nodes inside the root, with all that is inside them.
fn nodes(root: Element<'_>, limits: &Limits) -> Result<Vec<DdfNode>> {
    let mut outermost = Vec::new();
    let mut count = 0;
    let mut open: Vec<(DdfNode, _)> = Vec::new();
    let mut rest = root.elements().filter(is_node as fn(&Element<'_>) -> bool);
    loop {
        steps::add(1);
        if let Some(element) = rest.next() {
            count += 1;
            if count > limits.nodes {
                let problem = format!("more than {} nodes", limits.nodes);
                let error = Error::limit("nodes", problem).at(element.offset());
                return Err(error.within(element.path()));
            }
            let inside = element
                .elements()
                .filter(is_node as fn(&Element<'_>) -> bool);
            open.push((node(element)?, std::mem::replace(&mut rest, inside)));
        } else if let Some((node, outside)) = open.pop() {
            rest = outside;
            let siblings = open.last_mut().map(|(parent, _)| &mut parent.nodes);
            siblings.unwrap_or(&mut outermost).push(node);
        } else {
            return Ok(outermost);
        }
    }
}

/// A node without those inside.
fn node(element: Element<'_>) -> Result<DdfNode> {
    let (mut name, mut path, mut rt_properties, mut properties) = (None, None, None, None);
    let mut value = None;
    let mut inside = None;
    for child in elements(element)?.filter(|child| owner(*child) == Owner::Ddf) {
        match child.name() {
            "NodeName" => once(&mut name, node_name(child)?, child)?,
            "Path" => once(&mut path, trimmed(child)?, child)?,
            "RTProperties" => once(&mut rt_properties, run_time(child)?, child)?,
            "DFProperties" => once(&mut properties, properties_of(child)?, child)?,
            "Value" => once(&mut value, text(child)?, child)?,
            "Node" => inside = Some(child),
            _ => return Err(unexpected(child)),
        }
    }
    if value.is_some()
        && let Some(inside) = inside
    {
        let problem = "a node inside one with a value";
        return Err(inside.error(Code::Schema, problem));
    }
    Ok(DdfNode {
        name: required(name, "NodeName", element)?,
        path,
        rt_properties,
        properties: required(properties, "DFProperties", element)?,
        value,
        nodes: Vec::new(),
    })
}

fn node_name(element: Element<'_>) -> Result<Option<String>> {
    let name = trimmed(element)?;
    if name.contains('/') {
        let problem = format!("the name `{}`", excerpt(&name));
        let error = element.error(Code::Schema, problem);
        return Err(error.expecting("a name without `/`"));
    }
    Ok((!matches!(&*name, "" | "*")).then_some(name))
}

fn run_time(element: Element<'_>) -> Result<RtProperties> {
    let mut found = RtProperties::default();
    let mut df_type = None;
    for child in elements(element)?.filter(|child| owner(*child) == Owner::Ddf) {
        match child.name() {
            "ACL" => once(&mut found.acl, trimmed(child)?, child)?,
            "Format" => once(&mut found.format, format(child)?, child)?,
            "Name" => once(&mut found.name, trimmed(child)?, child)?,
            "Size" => once(&mut found.size, trimmed(child)?, child)?,
            "Title" => once(&mut found.title, trimmed(child)?, child)?,
            "TStamp" => once(&mut found.tstamp, trimmed(child)?, child)?,
            "Type" => once(&mut df_type, type_of(child)?, child)?,
            "VerNo" => once(&mut found.ver_no, trimmed(child)?, child)?,
            _ => return Err(unexpected(child)),
        }
    }
    found.df_type = required(df_type, "Type", element)?;
    Ok(found)
}

fn properties_of(element: Element<'_>) -> Result<DfProperties> {
    let (mut access, mut default_value, mut description, mut format_) = (None, None, None, None);
    let (mut occurrence, mut scope, mut title, mut df_type) = (None, None, None, None);
    let mut case_sense = None;
    let mut microsoft = Microsoft::default();
    for child in elements(element)? {
        if owner(child) == Owner::Microsoft {
            extension::read(child, &mut microsoft);
            continue;
        }
        match child.name() {
            "AccessType" => once(&mut access, access_of(child)?, child)?,
            "DefaultValue" => once(&mut default_value, text(child)?, child)?,
            "Description" => once(&mut description, trimmed(child)?, child)?,
            "DFFormat" => once(&mut format_, format(child)?, child)?,
            "Occurrence" => once(&mut occurrence, occurrence_of(child)?, child)?,
            "Scope" => once(&mut scope, scope_of(child)?, child)?,
            "DFTitle" => once(&mut title, trimmed(child)?, child)?,
            "DFType" => once(&mut df_type, type_of(child)?, child)?,
            "CaseSense" => once(&mut case_sense, case_of(child)?, child)?,
            _ => return Err(unexpected(child)),
        }
    }
    Ok(DfProperties {
        access: required(access, "AccessType", element)?,
        default_value,
        description,
        format: required(format_, "DFFormat", element)?,
        occurrence: occurrence.unwrap_or_default(),
        scope: scope.unwrap_or_default(),
        title,
        df_type: required(df_type, "DFType", element)?,
        case_sense,
        microsoft: (microsoft != Microsoft::default()).then(|| Box::new(microsoft)),
    })
}

fn access_of(element: Element<'_>) -> Result<AccessTypes> {
    let mut found = AccessTypes::default();
    for child in elements(element)?.filter(|child| owner(*child) == Owner::Ddf) {
        let access = AccessType::from_name(child.name()).ok_or_else(|| unexpected(child))?;
        empty(child)?;
        let mut once_only = found.contains(access).then_some(());
        once(&mut once_only, (), child)?;
        found.insert(access);
    }
    Ok(found)
}

fn format(element: Element<'_>) -> Result<Format> {
    let chosen = choice(element)?;
    empty(chosen)?;
    Format::from_name(chosen.name()).ok_or_else(|| unexpected(chosen).expecting("a format"))
}

fn occurrence_of(element: Element<'_>) -> Result<Occurrence> {
    let chosen = choice(element)?;
    let occurrence = match chosen.name() {
        "One" => Occurrence::One,
        "ZeroOrOne" => Occurrence::ZeroOrOne,
        "ZeroOrMore" => Occurrence::ZeroOrMore,
        "OneOrMore" => Occurrence::OneOrMore,
        "ZeroOrN" => return bound(chosen).map(Occurrence::ZeroOrN),
        "OneOrN" => return bound(chosen).map(Occurrence::OneOrN),
        _ => return Err(unexpected(chosen).expecting("an occurrence")),
    };
    empty(chosen)?;
    Ok(occurrence)
}

fn bound(element: Element<'_>) -> Result<u32> {
    let text = trimmed(element)?;
    let is_decimal = text.bytes().all(|octet| octet.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_decimal);
    number
        .filter(|number| (2..=65_536).contains(number))
        .ok_or_else(|| {
            let problem = format!("{} of `{}`", excerpt(element.name()), excerpt(&text));
            let error = element.error(Code::Number, problem);
            error.expecting("2 to 65536")
        })
}

fn scope_of(element: Element<'_>) -> Result<Scope> {
    let chosen = choice(element)?;
    empty(chosen)?;
    match chosen.name() {
        "Permanent" => Ok(Scope::Permanent),
        "Dynamic" => Ok(Scope::Dynamic),
        _ => Err(unexpected(chosen).expecting("Permanent or Dynamic")),
    }
}

fn case_of(element: Element<'_>) -> Result<CaseSense> {
    let chosen = choice(element)?;
    empty(chosen)?;
    match chosen.name() {
        "CS" => Ok(CaseSense::Cs),
        "CIS" => Ok(CaseSense::Cis),
        _ => Err(unexpected(chosen).expecting("CS or CIS")),
    }
}

/// Media types, of which an empty one says nothing, or the identifier of a management object.
fn type_of(element: Element<'_>) -> Result<DfType> {
    let mut mimes = Vec::new();
    let mut mime = None;
    let mut ddf_name = None;
    for child in elements(element)?.filter(|child| owner(*child) == Owner::Ddf) {
        match child.name() {
            "MIME" => {
                mimes.push(trimmed(child)?);
                mime = Some(child);
            }
            "DDFName" => once(&mut ddf_name, trimmed(child)?, child)?,
            _ => return Err(unexpected(child).expecting("MIME or DDFName")),
        }
    }
    match (mime, ddf_name) {
        (None, Some(name)) => Ok(DfType::DdfName(name)),
        (Some(_), None) => {
            mimes.retain(|mime| !mime.is_empty());
            Ok(DfType::Mime(mimes))
        }
        (Some(mime), Some(_)) => Err(mime.error(Code::Schema, "MIME beside DDFName")),
        (None, None) => {
            let problem = format!("{} without content", excerpt(element.name()));
            let error = element.error(Code::Schema, problem);
            Err(error.expecting("MIME or DDFName"))
        }
    }
}

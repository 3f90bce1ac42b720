//! What can go wrong in DM 2.0, and where.

use omadm::dm2::Dialect;

use super::dm2_flow::Flow;
use super::fault::Hurt;
use super::flow::Side;

/// Where a host dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    BeforeSend,
    AfterSend,
    BeforeServe,
    AfterServe,
    BeforeReply,
    AfterReply,
    /// Of a ticket: before it is served, and behind that.
    Ticket,
    TicketDone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    DropRequest,
    DropReply,
    Twice,
    /// It comes again behind the one that follows it.
    TwiceLate,
    /// Another package comes with the same number.
    SameNumber,
    HurtRequest(Hurt),
    HurtReply(Hurt),
    /// The reply is JSON, but no package.
    NoPackage,
    BadGateway,
    /// The Content-Type, or the Accept, is another on the way.
    OtherType,
    OtherAccept,
    /// The credentials are lost on the way.
    Anonymous,
    /// The reply before this one comes in its place.
    Stale,
    /// HTTP asks for credentials first.
    Challenge,
    /// Somebody else says the same.
    Stranger,
    Crash(Point),
    Older(Side),
    Entropy(Side),
    Abort(Side),
    Vanish(Side),
    TicketFails,
    AbortTicket,
}

impl Kind {
    pub(crate) fn all(bits: u64) -> Vec<Self> {
        let hurts = [
            Hurt::Cut(4),
            Hurt::Cut(12),
            Hurt::Short,
            Hurt::Page,
            Hurt::Noise,
            Hurt::Nothing,
        ];
        let hurts = hurts.into_iter().chain((0..bits).map(Hurt::Flip));
        let hurts = hurts.flat_map(|hurt| [Self::HurtRequest(hurt), Self::HurtReply(hurt)]);
        let points = [
            Point::BeforeSend,
            Point::AfterSend,
            Point::BeforeServe,
            Point::AfterServe,
            Point::BeforeReply,
            Point::AfterReply,
            Point::Ticket,
            Point::TicketDone,
        ];
        let sides = [Side::Device, Side::Server].into_iter();
        let sides = sides.flat_map(|side| {
            [
                Self::Older(side),
                Self::Entropy(side),
                Self::Abort(side),
                Self::Vanish(side),
            ]
        });
        let others = [
            Self::DropRequest,
            Self::DropReply,
            Self::Twice,
            Self::TwiceLate,
            Self::SameNumber,
            Self::NoPackage,
            Self::BadGateway,
            Self::OtherType,
            Self::OtherAccept,
            Self::Anonymous,
            Self::Stale,
            Self::Challenge,
            Self::Stranger,
            Self::TicketFails,
            Self::AbortTicket,
        ];
        let points = points.into_iter().map(Self::Crash);
        others
            .into_iter()
            .chain(hurts)
            .chain(points)
            .chain(sides)
            .collect()
    }

    pub(crate) fn is_of_ticket(self) -> bool {
        use Kind::{AbortTicket, Crash, TicketFails};
        matches!(
            self,
            TicketFails | AbortTicket | Crash(Point::Ticket | Point::TicketDone)
        )
    }

    /// Whether it means anything: the approved dialect numbers nothing.
    pub(crate) fn is_in(self, dialect: Dialect) -> bool {
        dialect == Dialect::Draft || !matches!(self, Self::SameNumber | Self::Stale)
    }

    /// Where it strikes in a run of so many packages and tickets in which nothing else happens.
    pub(crate) fn places(self, flow: &Flow, packages: usize, tickets: usize) -> Vec<usize> {
        let is_silent = flow.aborts_at.is_some();
        // To the package by which a device aborts nobody waits for an answer.
        let answered = packages - usize::from(is_silent && flow.dialect == Dialect::Draft);
        let served = tickets - usize::from(is_silent);
        let (first, last) = match self {
            Self::TicketFails | Self::Crash(Point::TicketDone) => (1, served),
            kind if kind.is_of_ticket() => (1, tickets),
            // There has to be one before.
            Self::Stale => (2, answered),
            Self::Older(_) => (2, packages),
            // There has to be one behind it.
            Self::TwiceLate => (1, packages - 1),
            Self::HurtReply(_) | Self::NoPackage => (1, answered),
            Self::Crash(Point::BeforeReply | Point::AfterReply) => (1, answered),
            _ => (1, packages),
        };
        (first..=last).collect()
    }

    /// Whether nothing may come of it, in a run of so many packages.
    pub(crate) fn is_mended(self, flow: &Flow, at: usize, packages: usize) -> bool {
        let is_draft = flow.dialect == Dialect::Draft;
        // Of what a device says last nobody knows whether it has arrived.
        let is_last_word = is_draft && flow.aborts_at.is_some() && at == packages;
        match self {
            Self::Challenge | Self::Anonymous => !is_last_word,
            Self::Stranger | Self::Entropy(_) => true,
            Self::Twice => is_draft,
            // Behind the end package 1 begins another session.
            Self::TwiceLate => is_draft && (at > 1 || packages > 2),
            Self::Crash(Point::BeforeSend | Point::AfterReply) => true,
            Self::Crash(Point::Ticket | Point::TicketDone) => true,
            // The device sends the same again, which it may do where packages have numbers.
            Self::DropReply | Self::Crash(Point::AfterServe) if is_last_word => true,
            Self::Crash(_) | Self::DropRequest | Self::DropReply => is_draft && !is_last_word,
            _ => false,
        }
    }

    /// What of the two sides need not agree behind it.
    pub(crate) fn deceives(self, dialect: Dialect) -> Deceit {
        let is_flip = |hurt| matches!(hurt, Hurt::Flip(_));
        match self {
            // One side goes back behind what it has said, or believes what nobody said.
            Self::Older(_) => Deceit::All,
            Self::HurtRequest(hurt) | Self::HurtReply(hurt) if is_flip(hurt) => Deceit::All,
            // Without numbers the answer to one package is taken for that to another.
            Self::Twice | Self::TwiceLate if dialect == Dialect::Approved => Deceit::Results,
            _ => Deceit::None,
        }
    }
}

/// What the two sides may believe of each other that is not so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deceit {
    None,
    /// What became of a command.
    Results,
    All,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    /// The package of the device, or the ticket; the first is 1.
    pub(crate) at: usize,
}

//! What can go wrong, and where.

use std::env;

use super::flow::{Flow, Side};

/// Something that goes wrong once, at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    /// The message of the device, counted as they are sent from 1 on; with a ticket, its number.
    pub(crate) at: usize,
}

/// Which octets of a message are hurt, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hurt {
    /// Cut behind so many sixteenths.
    Cut(usize),
    /// The last octet is missing.
    Short,
    /// One bit is another, which the number decides.
    Flip(u64),
    /// A page of a proxy instead.
    Page,
    /// Octets of no meaning instead.
    Noise,
    /// No octets at all.
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    DropRequest,
    DropReply,
    /// A proxy answers 502, before or after the server has seen the request.
    BadGateway {
        served: bool,
    },
    /// The request comes twice, one behind the other.
    Twice,
    /// It comes twice, and both are worked on at once.
    TwiceAtOnce,
    /// It comes again so many messages later.
    TwiceLate(usize),
    /// The reply comes again, instead of one so many messages later, and then that one.
    StaleReply(usize),
    HurtRequest(Hurt),
    HurtReply(Hurt),
    /// Somebody without credentials says something with the right numbers first.
    ForgeRequest,
    ForgeReply,
    Crash(Point),
    /// The state of so many commits ago is put back ahead of the message.
    Older(Side, usize),
    /// The source of entropy gives nothing.
    Entropy {
        side: Side,
        forgets: bool,
    },
    /// What a ticket is for fails.
    TicketFails,
    /// The clock jumps by so many milliseconds.
    Clock(i64),
    /// The host ends the session ahead of the message; at the server also while a reply is due.
    Abort {
        side: Side,
        due: bool,
    },
    /// The host of the device ends it while the ticket is open.
    AbortTicket,
    /// Nothing is heard of it any more.
    Vanish(Side),
    /// It takes no longer messages from now on.
    Takes(Side, u32),
    /// It takes no larger objects from now on.
    TakesObjects(Side, u32),
    /// It allows no more messages than this one.
    Messages(Side),
}

/// Where a host loses its memory; what it has stored stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    BeforeSend,
    Sent,
    SentAndStored,
    BeforeServe,
    Heard,
    Responded,
    RespondedAndStored,
    BeforeReply,
    Received,
    ReceivedAndStored,
    TicketOpen,
    TicketServed,
    TicketComplete,
    TicketStored,
}

impl Point {
    const ALL: [Self; 14] = [
        Self::BeforeSend,
        Self::Sent,
        Self::SentAndStored,
        Self::BeforeServe,
        Self::Heard,
        Self::Responded,
        Self::RespondedAndStored,
        Self::BeforeReply,
        Self::Received,
        Self::ReceivedAndStored,
        Self::TicketOpen,
        Self::TicketServed,
        Self::TicketComplete,
        Self::TicketStored,
    ];

    fn is_of_ticket(self) -> bool {
        matches!(
            self,
            Self::TicketOpen | Self::TicketServed | Self::TicketComplete | Self::TicketStored
        )
    }
}

const YEAR: i64 = 365 * 86_400_000;

impl Kind {
    /// Every kind; of the bits, as many as the number says.
    pub(crate) fn all(bits: u64) -> Vec<Self> {
        let mut all = vec![
            Self::DropRequest,
            Self::DropReply,
            Self::BadGateway { served: false },
            Self::BadGateway { served: true },
            Self::Twice,
            Self::TwiceAtOnce,
            Self::TwiceLate(1),
            Self::TwiceLate(2),
            Self::TwiceLate(9),
            Self::StaleReply(1),
            Self::StaleReply(2),
            Self::ForgeRequest,
            Self::ForgeReply,
            Self::TicketFails,
            Self::Clock(-YEAR),
            Self::Clock(i64::MAX),
            Self::AbortTicket,
        ];
        let hurts = [Hurt::Page, Hurt::Noise, Hurt::Nothing, Hurt::Short];
        let cuts = [3, 11].map(Hurt::Cut);
        let flips = (0..bits).map(Hurt::Flip);
        for hurt in hurts.into_iter().chain(cuts).chain(flips) {
            all.extend([Self::HurtRequest(hurt), Self::HurtReply(hurt)]);
        }
        all.extend(Point::ALL.map(Self::Crash));
        for side in [Side::Device, Side::Server] {
            all.extend([1, 2, 9].map(|commits| Self::Older(side, commits)));
            all.extend([false, true].map(|forgets| Self::Entropy { side, forgets }));
            all.extend([false, true].map(|due| Self::Abort { side, due }));
            all.extend([
                Self::Vanish(side),
                Self::Takes(side, 1_000),
                Self::TakesObjects(side, 1_000),
                Self::Messages(side),
            ]);
        }
        let idle = Self::Abort {
            side: Side::Device,
            due: true,
        };
        all.retain(|kind| *kind != idle);
        all
    }

    /// Whether it means anything in a flow.
    pub(crate) fn is_in(self, flow: &Flow) -> bool {
        match self {
            Self::ForgeRequest | Self::ForgeReply => flow.has_credentials(),
            Self::TakesObjects(..) => flow.has_objects(),
            // Those are the same message for message; that an Atomic fails changes what crashes and tickets may do.
            _ if flow.name.starts_with("atomic that") && !is_every_one() => {
                matches!(
                    self,
                    Self::Crash(_)
                        | Self::TicketFails
                        | Self::Abort { .. }
                        | Self::AbortTicket
                        | Self::Older(..)
                        | Self::Takes(..)
                        | Self::TakesObjects(..)
                        | Self::Vanish(_)
                        | Self::DropReply
                        | Self::DropRequest
                        | Self::Messages(_)
                )
            }
            _ => true,
        }
    }

    /// The same with another bit.
    pub(crate) fn at_bit(self, bit: u64) -> Self {
        match self {
            Self::HurtRequest(Hurt::Flip(_)) => Self::HurtRequest(Hurt::Flip(bit)),
            Self::HurtReply(Hurt::Flip(_)) => Self::HurtReply(Hurt::Flip(bit)),
            other => other,
        }
    }

    /// Whether it strikes at a ticket rather than at a message.
    pub(crate) fn is_of_ticket(self) -> bool {
        match self {
            Self::TicketFails | Self::AbortTicket => true,
            Self::Crash(point) => point.is_of_ticket(),
            _ => false,
        }
    }

    /// Whether nothing may come of it: what both hosts learn, and the tree, are as if it had not happened.
    pub(crate) fn is_mended(self) -> bool {
        match self {
            Self::DropRequest
            | Self::DropReply
            | Self::BadGateway { .. }
            | Self::Twice
            | Self::TwiceAtOnce
            | Self::StaleReply(_)
            | Self::Crash(_)
            | Self::Entropy { .. }
            | Self::Clock(_)
            | Self::HurtRequest(Hurt::Cut(_) | Hurt::Page | Hurt::Noise | Hurt::Nothing)
            | Self::HurtReply(Hurt::Cut(_) | Hurt::Page | Hurt::Noise) => true,
            // Octets that are no document are refused; without its last one some still are.
            Self::HurtRequest(Hurt::Flip(_) | Hurt::Short)
            // A reply of no octets is the end to some devices.
            | Self::HurtReply(Hurt::Flip(_) | Hurt::Short | Hurt::Nothing)
            | Self::TwiceLate(_)
            | Self::ForgeRequest
            | Self::ForgeReply
            | Self::Older(..)
            | Self::TicketFails
            | Self::Abort { .. }
            | Self::AbortTicket
            | Self::Vanish(_)
            | Self::Takes(..)
            | Self::TakesObjects(..)
            | Self::Messages(_) => false,
        }
    }

    /// Whether what it puts into a message may be believed: then the two sides need not agree.
    pub(crate) fn may_deceive(self, flow: &Flow) -> bool {
        let is_flip = matches!(
            self,
            Self::HurtRequest(Hurt::Flip(_)) | Self::HurtReply(Hurt::Flip(_))
        );
        is_flip && !flow.is_sealed()
    }

    /// Which side has been set back.
    pub(crate) fn sets_back(self) -> Option<Side> {
        match self {
            Self::Older(side, _) => Some(side),
            _ => None,
        }
    }

    /// Whether it means the same in both encodings: which octets are hurt, and what fits, depends on them.
    pub(crate) fn is_the_same_in_both(self) -> bool {
        match self {
            Self::HurtRequest(hurt) | Self::HurtReply(hurt) => {
                matches!(hurt, Hurt::Page | Hurt::Noise | Hurt::Nothing)
            }
            Self::Takes(..) | Self::TakesObjects(..) => false,
            _ => true,
        }
    }
}

/// Whether those are tried too that should make no difference: `OMADM_THOROUGH` asks for it.
pub(crate) fn is_every_one() -> bool {
    env::var_os("OMADM_THOROUGH").is_some()
}

//! The global tokens, and the flags of tags (WBXML 1.3, section 7).

pub(super) const SWITCH_PAGE: u8 = 0x00;
pub(super) const END: u8 = 0x01;
pub(super) const ENTITY: u8 = 0x02;
pub(super) const STR_I: u8 = 0x03;
pub(super) const LITERAL: u8 = 0x04;
pub(super) const PI: u8 = 0x43;
pub(super) const STR_T: u8 = 0x83;
pub(super) const OPAQUE: u8 = 0xc3;

/// The flags of a tag, and what they leave of it.
pub(super) const HAS_CONTENT: u8 = 0x40;
pub(super) const HAS_ATTRIBUTES: u8 = 0x80;
pub(super) const IDENTITY: u8 = 0x3f;

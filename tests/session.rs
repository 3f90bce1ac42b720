//! Whole sessions: a device and a server back to back, and peers that misbehave. Every test runs natively, in Node and in Chromium.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "only what the tests themselves make is read"
)]

#[path = "session/abort.rs"]
mod abort;
#[path = "session/alerts.rs"]
mod alerts;
#[path = "session/asking.rs"]
mod asking;
#[path = "session/authentication.rs"]
mod authentication;
#[path = "session/catalogue.rs"]
mod catalogue;
#[path = "session/challenges.rs"]
mod challenges;
#[path = "session/chapter11.rs"]
mod chapter11;
#[path = "session/claims.rs"]
mod claims;
#[path = "session/closing.rs"]
mod closing;
#[path = "session/commands.rs"]
mod commands;
#[path = "session/content.rs"]
mod content;
#[path = "session/damage.rs"]
mod damage;
#[path = "session/dev_info.rs"]
mod dev_info;
#[path = "session/dm2_claims.rs"]
mod dm2_claims;
#[path = "session/dm2_client_approved.rs"]
mod dm2_client_approved;
#[path = "session/dm2_client_commands.rs"]
mod dm2_client_commands;
#[path = "session/dm2_client_draft.rs"]
mod dm2_client_draft;
#[path = "session/dm2_client_host.rs"]
mod dm2_client_host;
#[path = "session/dm2_client_news.rs"]
mod dm2_client_news;
#[path = "session/dm2_client_session.rs"]
mod dm2_client_session;
#[path = "session/dm2_device.rs"]
mod dm2_device;
#[path = "session/dm2_pair.rs"]
mod dm2_pair;
#[path = "session/dm2_server_bounds.rs"]
mod dm2_server_bounds;
#[path = "session/dm2_server_desk.rs"]
mod dm2_server_desk;
#[path = "session/dm2_server_edges.rs"]
mod dm2_server_edges;
#[path = "session/dm2_server_queue.rs"]
mod dm2_server_queue;
#[path = "session/dm2_server_worked.rs"]
mod dm2_server_worked;
#[path = "session/edges.rs"]
mod edges;
#[path = "session/example.rs"]
mod example;
#[path = "session/groups.rs"]
mod groups;
#[path = "session/hmac.rs"]
mod hmac;
#[path = "session/interaction.rs"]
mod interaction;
#[path = "session/neighbours.rs"]
mod neighbours;
#[path = "session/news.rs"]
mod news;
#[path = "session/notification.rs"]
mod notification;
#[path = "session/notified.rs"]
mod notified;
#[path = "session/objects_both_ways.rs"]
mod objects_both_ways;
#[path = "session/objects_chapter.rs"]
mod objects_chapter;
#[path = "session/objects_device.rs"]
mod objects_device;
#[path = "session/objects_exact.rs"]
mod objects_exact;
#[path = "session/objects_group.rs"]
mod objects_group;
#[path = "session/objects_limits.rs"]
mod objects_limits;
#[path = "session/objects_pair.rs"]
mod objects_pair;
#[path = "session/objects_received.rs"]
mod objects_received;
#[path = "session/objects_refused.rs"]
mod objects_refused;
#[path = "session/objects_repeats.rs"]
mod objects_repeats;
#[path = "session/objects_rest.rs"]
mod objects_rest;
#[path = "session/objects_results.rs"]
mod objects_results;
#[path = "session/objects_sent.rs"]
mod objects_sent;
#[path = "session/objects_server.rs"]
mod objects_server;
#[path = "session/objects_unsaid.rs"]
mod objects_unsaid;
#[path = "session/objects_whole.rs"]
mod objects_whole;
#[path = "session/options.rs"]
mod options;
#[path = "session/order.rs"]
mod order;
#[path = "session/package.rs"]
mod package;
#[path = "session/package0.rs"]
mod package0;
#[path = "session/packages.rs"]
mod packages;
#[path = "session/pair.rs"]
mod pair;
#[path = "session/peer.rs"]
mod peer;
#[path = "session/phone.rs"]
mod phone;
#[path = "session/probes.rs"]
mod probes;
#[path = "session/proof.rs"]
mod proof;
#[path = "session/prove.rs"]
mod prove;
#[path = "session/replay.rs"]
mod replay;
#[path = "session/rest.rs"]
mod rest;
#[path = "session/resync.rs"]
mod resync;
#[path = "session/say.rs"]
mod say;
#[path = "session/schemes.rs"]
mod schemes;
#[path = "session/secrets.rs"]
mod secrets;
#[path = "session/several.rs"]
mod several;
#[path = "session/size.rs"]
mod size;
#[path = "session/strangers.rs"]
mod strangers;
#[path = "session/unproven.rs"]
mod unproven;
#[path = "session/versions.rs"]
mod versions;
#[path = "session/windows.rs"]
mod windows;
#[path = "session/woken.rs"]
mod woken;

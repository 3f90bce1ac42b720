#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| omadm::testing::fuzz::dm2_client(input));

//! XML: quick-xml cuts the tokens, everything that makes a parser conforming is checked here.

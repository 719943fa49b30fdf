//! Renders an AsyncAPI document as one self-contained HTML page.

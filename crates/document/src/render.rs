//! Findings as text: human, JSON, SARIF and GitHub annotations.

"""Models on this disk and on the Hub: finding, fetching and reading their tensors."""

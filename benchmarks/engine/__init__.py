"""Our engine against statsmodels, glum, pyfixest and scikit-learn: seconds, memory, agreement."""

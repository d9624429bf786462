"""A sparse Hessian side by side with CasADi's: ``python -m benchmarks hessian``.

The workload and the ways to compute it are among those of ``benchmarks.compiled``.
"""

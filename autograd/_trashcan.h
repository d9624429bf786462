/* Included before everything else where the core is compiled. CPython's trashcan, which mypyc uses in
   every deallocator, chains objects through the header of the garbage collector. Values have no such
   header (they are declared acyclic), so it would write into their neighbors. Value.__del__ keeps
   their release shallow instead, and nothing else in the core nests. */
#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>
#undef Py_TRASHCAN_BEGIN
#undef Py_TRASHCAN_END
#define Py_TRASHCAN_BEGIN(object, deallocator) do {
#define Py_TRASHCAN_END } while (0);

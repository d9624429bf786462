/* What the kernels share: numbers of a strip of 64 samples are worked on together. */

#define STRIP 64

typedef double strip[STRIP] __attribute__((aligned(64)));

static double total(const double *restrict x) {
    double sum = 0.0;
    for (int s = 0; s < STRIP; s++)
        sum += x[s];
    return sum;
}

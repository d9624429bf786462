/* Value and gradient of max(0, 1 - y f(x)), summed over samples, for the perceptron
   MLP(2, [WIDTH, WIDTH, 1]): loops as a person would write them. Every activation is a strip; each
   weight is loaded once per strip. The last strip ends with the last sample; those that
   it shares with the one before count nothing. At least one strip of samples; WIDTH is a multiple
   of 4, the neurons that are worked on together so that there are sums to be had at a time. */

#include "strips.h"

/* Per layer: weights (outputs, inputs), then biases. */
struct parameters {
    double w0[WIDTH][2], b0[WIDTH], w1[WIDTH][WIDTH], b1[WIDTH], w2[WIDTH], b2;
};

double hinge(long samples, const double (*restrict x)[2], const double *restrict y,
             const struct parameters *restrict p, struct parameters *restrict g) {
    strip x0, x1, label, h0[WIDTH], h1[WIDTH], d0[WIDTH], d1, score, delta;
    double value = 0.0;
    for (long next = 0; next < samples; next += STRIP) {
        const long start = next + STRIP <= samples ? next : samples - STRIP;
        for (int s = 0; s < STRIP; s++) {
            x0[s] = x[start + s][0];
            x1[s] = x[start + s][1];
            label[s] = y[start + s];
        }
        for (int i = 0; i < WIDTH; i++)
            for (int s = 0; s < STRIP; s++) {
                double z = p->b0[i] + p->w0[i][0] * x0[s] + p->w0[i][1] * x1[s];
                h0[i][s] = z > 0.0 ? z : 0.0;
            }
        for (int s = 0; s < STRIP; s++)
            score[s] = p->b2;
        for (int i = 0; i < WIDTH; i++) {
            strip z;
            for (int s = 0; s < STRIP; s++)
                z[s] = p->b1[i];
            for (int j = 0; j < WIDTH; j += 4) {
                const double *w = &p->w1[i][j];
                for (int s = 0; s < STRIP; s++)
                    z[s] += w[0] * h0[j][s] + w[1] * h0[j + 1][s] + w[2] * h0[j + 2][s]
                            + w[3] * h0[j + 3][s];
            }
            for (int s = 0; s < STRIP; s++) {
                h1[i][s] = z[s] > 0.0 ? z[s] : 0.0;
                score[s] += p->w2[i] * h1[i][s];
            }
        }
        for (int s = 0; s < STRIP; s++) {
            double margin = start + s < next ? 0.0 : 1.0 - label[s] * score[s];
            value += margin > 0.0 ? margin : 0.0;
            delta[s] = margin > 0.0 ? -label[s] : 0.0;
        }
        g->b2 += total(delta);
        for (int j = 0; j < WIDTH; j++)
            for (int s = 0; s < STRIP; s++)
                d0[j][s] = 0.0;
        for (int i = 0; i < WIDTH; i++) {
            const double w2 = p->w2[i];
            double by_weight = 0.0, by_bias = 0.0;
            for (int s = 0; s < STRIP; s++) {
                by_weight += delta[s] * h1[i][s];
                const double slope = h1[i][s] > 0.0 ? w2 : 0.0;
                d1[s] = slope * delta[s];
                by_bias += d1[s];
            }
            g->w2[i] += by_weight;
            g->b1[i] += by_bias;
            for (int j = 0; j < WIDTH; j += 4) {
                const double w[4] = {p->w1[i][j], p->w1[i][j + 1], p->w1[i][j + 2], p->w1[i][j + 3]};
                double sum0 = 0.0, sum1 = 0.0, sum2 = 0.0, sum3 = 0.0;
                for (int s = 0; s < STRIP; s++) {
                    const double d = d1[s];
                    sum0 += d * h0[j][s];
                    sum1 += d * h0[j + 1][s];
                    sum2 += d * h0[j + 2][s];
                    sum3 += d * h0[j + 3][s];
                    d0[j][s] += d * w[0];
                    d0[j + 1][s] += d * w[1];
                    d0[j + 2][s] += d * w[2];
                    d0[j + 3][s] += d * w[3];
                }
                g->w1[i][j] += sum0;
                g->w1[i][j + 1] += sum1;
                g->w1[i][j + 2] += sum2;
                g->w1[i][j + 3] += sum3;
            }
        }
        for (int j = 0; j < WIDTH; j++) {
            double by_x0 = 0.0, by_x1 = 0.0, by_bias = 0.0;
            for (int s = 0; s < STRIP; s++) {
                double d = h0[j][s] > 0.0 ? d0[j][s] : 0.0;
                by_x0 += d * x0[s];
                by_x1 += d * x1[s];
                by_bias += d;
            }
            g->w0[j][0] += by_x0;
            g->w0[j][1] += by_x1;
            g->b0[j] += by_bias;
        }
    }
    return value;
}

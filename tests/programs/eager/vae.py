"""A variational autoencoder, trained eagerly with a step that counts."""
import numpy as np
import tensorflow as tf

tfe = tf.contrib.eager
tf.enable_eager_execution()
tf.set_random_seed(0)


class VAE(tf.keras.Model):
    def __init__(self, latent_dim):
        super(VAE, self).__init__()
        self.latent_dim = latent_dim
        self.inference_net = tf.keras.Sequential([
            tf.keras.layers.InputLayer(input_shape=(8, 8, 1)),
            tf.keras.layers.Conv2D(filters=4, kernel_size=3, strides=(2, 2), activation=tf.nn.relu),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(latent_dim + latent_dim),
        ])
        self.generative_net = tf.keras.Sequential([
            tf.keras.layers.InputLayer(input_shape=(latent_dim,)),
            tf.keras.layers.Dense(units=4 * 4 * 4, activation=tf.nn.relu),
            tf.keras.layers.Reshape(target_shape=(4, 4, 4)),
            tf.keras.layers.Conv2DTranspose(filters=1, kernel_size=3, strides=(2, 2),
                                            padding="SAME"),
        ])

    def encode(self, x):
        mean, logvar = tf.split(self.inference_net(x), num_or_size_splits=2, axis=1)
        return mean, logvar

    def reparameterize(self, mean, logvar):
        eps = tf.random_normal(shape=mean.shape)
        return eps * tf.exp(logvar * .5) + mean

    def decode(self, z, apply_sigmoid=False):
        logits = self.generative_net(z)
        if apply_sigmoid:
            return tf.sigmoid(logits)
        return logits


def log_normal_pdf(sample, mean, logvar, raxis=1):
    log2pi = tf.log(2. * np.pi)
    return tf.reduce_sum(-.5 * ((sample - mean) ** 2. * tf.exp(-logvar) + logvar + log2pi),
                         axis=raxis)


def compute_loss(model, x):
    mean, logvar = model.encode(x)
    z = model.reparameterize(mean, logvar)
    x_logit = model.decode(z)
    cross_ent = tf.nn.sigmoid_cross_entropy_with_logits(logits=x_logit, labels=x)
    logpx_z = -tf.reduce_sum(cross_ent, axis=[1, 2, 3])
    logpz = log_normal_pdf(z, 0., 0.)
    logqz_x = log_normal_pdf(z, mean, logvar)
    return -tf.reduce_mean(logpx_z + logpz - logqz_x)


def compute_gradients(model, x):
    with tf.GradientTape() as tape:
        loss = compute_loss(model, x)
    return tape.gradient(loss, model.trainable_variables), loss


def apply_gradients(optimizer, gradients, variables, global_step=None):
    optimizer.apply_gradients(zip(gradients, variables), global_step=global_step)


rng = np.random.RandomState(0)
images = (rng.uniform(size=(64, 8, 8, 1)) > .5).astype(np.float32)
train_dataset = tf.data.Dataset.from_tensor_slices(images).batch(16)
optimizer = tf.train.AdamOptimizer(1e-2)
model = VAE(3)
step = tf.train.get_or_create_global_step()

for epoch in range(1, 4):
    for train_x in train_dataset:
        gradients, loss = compute_gradients(model, train_x)
        apply_gradients(optimizer, gradients, model.trainable_variables, step)
    elbo = tfe.metrics.Mean()
    for test_x in train_dataset.make_one_shot_iterator():
        elbo(compute_loss(model, test_x))
    print('epoch %d step %d elbo %.4f' % (epoch, step.numpy(), -elbo.result()))

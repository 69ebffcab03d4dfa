"""A small eager GAN: two models, two optimizers, batch normalization, a Checkpoint of all."""
import os
import tempfile

import numpy as np
import tensorflow as tf

config = tf.ConfigProto()
config.gpu_options.allow_growth = True
tf.enable_eager_execution(config=config)


class Generator(tf.keras.Model):
    def __init__(self):
        super(Generator, self).__init__()
        self.fc1 = tf.keras.layers.Dense(12, use_bias=False)
        self.batchnorm1 = tf.keras.layers.BatchNormalization()
        self.fc2 = tf.keras.layers.Dense(4)

    def call(self, x, training=True):
        x = self.fc1(x)
        x = self.batchnorm1(x, training=training)
        x = tf.nn.relu(x)
        return tf.nn.tanh(self.fc2(x))


class Discriminator(tf.keras.Model):
    def __init__(self):
        super(Discriminator, self).__init__()
        self.fc1 = tf.keras.layers.Dense(8)
        self.dropout = tf.keras.layers.Dropout(0.3)
        self.fc2 = tf.keras.layers.Dense(1)

    def call(self, x, training=True):
        x = tf.nn.leaky_relu(self.fc1(x))
        x = self.dropout(x, training=training)
        return self.fc2(x)


def discriminator_loss(real_output, generated_output):
    real_loss = tf.losses.sigmoid_cross_entropy(multi_class_labels=tf.ones_like(real_output),
                                                logits=real_output)
    generated_loss = tf.losses.sigmoid_cross_entropy(
        multi_class_labels=tf.zeros_like(generated_output), logits=generated_output)
    return real_loss + generated_loss


def generator_loss(generated_output):
    return tf.losses.sigmoid_cross_entropy(tf.ones_like(generated_output), generated_output)


generator = Generator()
discriminator = Discriminator()
discriminator_optimizer = tf.train.AdamOptimizer(1e-3, beta1=0.5)
generator_optimizer = tf.train.AdamOptimizer(1e-3, beta1=0.5)
checkpoint = tf.train.Checkpoint(generator_optimizer=generator_optimizer,
                                 discriminator_optimizer=discriminator_optimizer,
                                 generator=generator, discriminator=discriminator)


def train(dataset, epochs, noise_dim):
    for epoch in range(epochs):
        for images in dataset:
            noise = tf.random_normal([16, noise_dim])
            with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
                generated_images = generator(noise, True)
                real_output = discriminator(images, training=True)
                generated_output = discriminator(generated_images, training=True)
                gen_loss = generator_loss(generated_output)
                disc_loss = discriminator_loss(real_output, generated_output)

            gradients_of_generator = gen_tape.gradient(gen_loss, generator.variables)
            gradients_of_discriminator = disc_tape.gradient(disc_loss, discriminator.variables)

            generator_optimizer.apply_gradients(zip(gradients_of_generator, generator.variables))
            discriminator_optimizer.apply_gradients(
                zip(gradients_of_discriminator, discriminator.variables))
        print('epoch %d: generator %.4f discriminator %.4f' % (epoch + 1, gen_loss, disc_loss))
    return checkpoint.save(os.path.join(tempfile.mkdtemp(), 'ckpt'))


train_images = np.random.RandomState(0).uniform(-1, 1, size=(64, 4)).astype('float32')
train_dataset = tf.data.Dataset.from_tensor_slices(train_images).batch(16)
path = train(train_dataset, 3, 5)
sample = generator(tf.ones([2, 5]), False)
print(sample.numpy().round(3).tolist(), discriminator(sample, training=False).numpy().ravel())
